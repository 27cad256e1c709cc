import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CommandError } from '../../../../src/embedded/redis/command/command-error.ts'
import {
  BigNumberReply, DoubleReply, MapReply, noReply, nullArray, ok, PairedMapReply, PairsReply, PushReply, SetReply, SeveralReplies, VerbatimReply, type Reply,
} from '../../../../src/embedded/redis/resp/reply.ts'
import { ReplyWriter, type Protocol } from '../../../../src/embedded/redis/resp/reply-writer.ts'

function written(reply: Reply, protocol: Protocol = 2): string {
  const writer = new ReplyWriter()
  writer.protocol = protocol
  writer.write(reply)
  return Buffer.concat(writer.take()).toString('latin1')
}

describe('a reply in RESP2 and in RESP3:', () => {
  const cases: readonly (readonly [name: string, reply: Reply, resp2: string, resp3: string])[] = [
    ['a status', ok, '+OK\r\n', '+OK\r\n'],
    ['an error', new CommandError('ERR no'), '-ERR no\r\n', '-ERR no\r\n'],
    ['a text', 'a\r\n\u00ff', '$4\r\na\r\n\u00ff\r\n', '$4\r\na\r\n\u00ff\r\n'],
    ['bytes', Buffer.from('abc'), '$3\r\nabc\r\n', '$3\r\nabc\r\n'],
    ['no text', '', '$0\r\n\r\n', '$0\r\n\r\n'],
    ['nothing', null, '$-1\r\n', '_\r\n'],
    ['no array', nullArray, '*-1\r\n', '_\r\n'],
    ['an integer', -1234567890123, ':-1234567890123\r\n', ':-1234567890123\r\n'],
    ['a large integer', 9007199254740993n, ':9007199254740993\r\n', ':9007199254740993\r\n'],
    ['a boolean', true, ':1\r\n', '#t\r\n'],
    ['an array', ['a', 1, [null]], '*3\r\n$1\r\na\r\n:1\r\n*1\r\n$-1\r\n', '*3\r\n$1\r\na\r\n:1\r\n*1\r\n_\r\n'],
    ['a map', new MapReply(['a', 1]), '*2\r\n$1\r\na\r\n:1\r\n', '%1\r\n$1\r\na\r\n:1\r\n'],
    ['pairs', new PairsReply(['a', 1]), '*2\r\n$1\r\na\r\n:1\r\n', '*1\r\n*2\r\n$1\r\na\r\n:1\r\n'],
    ['a map of pairs', new PairedMapReply(['a', 1]), '*1\r\n*2\r\n$1\r\na\r\n:1\r\n', '%1\r\n$1\r\na\r\n:1\r\n'],
    ['a set', new SetReply(['a']), '*1\r\n$1\r\na\r\n', '~1\r\n$1\r\na\r\n'],
    ['a double', new DoubleReply(0.1), '$19\r\n0.10000000000000001\r\n', ',0.10000000000000001\r\n'],
    ['infinity', new DoubleReply(-Infinity), '$4\r\n-inf\r\n', ',-inf\r\n'],
    ['a big number', new BigNumberReply('123'), '$3\r\n123\r\n', '(123\r\n'],
    ['a text for people', new VerbatimReply('hi'), '$2\r\nhi\r\n', '=6\r\ntxt:hi\r\n'],
    ['a message', new PushReply(['message', 'c', 'm']), '*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nm\r\n', '>3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nm\r\n'],
    ['several', new SeveralReplies([ok, 1]), '+OK\r\n:1\r\n', '+OK\r\n:1\r\n'],
    ['none', noReply, '', ''],
  ]

  test.each(cases)('%s', (_, reply, resp2, resp3) => {
    expect(written(reply, 2)).toBe(resp2)
    expect(written(reply, 3)).toBe(resp3)
  })
})

test('an error never spans lines', () => {
  expect(written(new CommandError('ERR a\r\n+OK\nb'))).toBe('-ERR a  +OK b\r\n')
})

test('integers are written as JavaScript and Redis write them', () => {
  fc.assert(fc.property(fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -20, max: 20 })), (value) => {
    expect(written(value)).toBe(`:${value}\r\n`)
  }))
})

test('what was taken stays as it was, however much is written after it', () => {
  fc.assert(fc.property(fc.array(fc.array(fc.oneof(fc.string({ maxLength: 30 }), fc.integer(), fc.constantFrom('x'.repeat(5000), 'y'.repeat(70_000))), { maxLength: 6 }), { maxLength: 8 }), (rounds) => {
    const writer = new ReplyWriter()
    const taken: { readonly blocks: readonly Buffer[]; readonly expected: string }[] = []
    for (const replies of rounds) {
      for (const reply of replies) writer.write(reply)
      const expected = replies.map((reply) => written(reply)).join('')
      expect(writer.size).toBe(expected.length)
      taken.push({ blocks: writer.take(), expected })
    }
    for (const { blocks, expected } of taken) expect(Buffer.concat(blocks).toString('latin1')).toBe(expected)
  }), { numRuns: 40 })
})
