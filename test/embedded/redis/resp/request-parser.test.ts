import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ProtocolError, RequestParser } from '../../../../src/embedded/redis/resp/request-parser.ts'

const limits = { bulkBytes: 512 * 1024 * 1024, requestBytes: 1024 * 1024 * 1024 }

function parser(): RequestParser {
  return new RequestParser(() => limits)
}

function bytes(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}

function encoded(args: readonly string[]): string {
  return `*${args.length}\r\n${args.map((arg) => `$${arg.length}\r\n${arg}\r\n`).join('')}`
}

/** All requests in it, pushed in these pieces. */
function parse(pieces: readonly Buffer[], target = parser()): string[][] {
  const requests: string[][] = []
  for (const piece of pieces) {
    target.push(piece)
    for (let request = target.next(); request !== undefined; request = target.next()) requests.push(request)
  }
  return requests
}

function fault(text: string, target = parser()): string | undefined {
  try {
    parse([bytes(text)], target)
    return 'none'
  } catch (error) {
    return (error as ProtocolError).reply
  }
}

const anyBytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array).toString('latin1'))
const request = fc.array(anyBytes, { minLength: 1, maxLength: 6 })

describe('requests', () => {
  test('are the same however they are cut, whatever bytes they hold', () => {
    fc.assert(fc.property(fc.array(request, { maxLength: 8 }), fc.array(fc.nat(), { maxLength: 12 }), (requests, cuts) => {
      const whole = bytes(requests.map(encoded).join(''))
      const places = [0, ...cuts.map((cut) => cut % (whole.length + 1)).sort((a, b) => a - b), whole.length]
      const pieces = places.slice(1).map((end, i) => whole.subarray(places[i], end))
      expect(parse(pieces)).toEqual(requests)
    }))
  })

  test('may come byte by byte', () => {
    const whole = bytes(encoded(['SET', 'key', 'x'.repeat(50)]) + encoded(['PING']))
    expect(parse(Array.from(whole, (byte) => Buffer.from([byte])))).toEqual([['SET', 'key', 'x'.repeat(50)], ['PING']])
  })

  test('may hold a large argument, which is collected in the pieces it comes in', () => {
    const large = 'abc'.repeat(100_000)
    const whole = bytes(encoded(['SET', large, 'v']) + encoded(['PING']))
    const pieces: Buffer[] = []
    for (let at = 0; at < whole.length; at += 10_007) pieces.push(whole.subarray(at, at + 10_007))
    expect(parse(pieces)).toEqual([['SET', large, 'v'], ['PING']])
  })

  test('that are empty are passed over', () => {
    expect(parse([bytes(`*0\r\n\r\n*-1\r\n${encoded(['PING'])}`)])).toEqual([['PING']])
  })

  test('do not make room for what has not come', () => {
    const target = parser()
    target.push(bytes('*1000000000\r\n$500000000\r\nabc'))
    expect(target.next()).toBeUndefined()
    expect(target.pendingBytes).toBeLessThan(100)
  })
})

describe('lines typed by hand', () => {
  test.each([
    ['set key value', ['set', 'key', 'value']],
    ['  set   key\t"a b"  ', ['set', 'key', 'a b']],
    ['set "\\x41\\n\\"" \'it\\\'s\'', ['set', 'A\n"', "it's"]],
    ['echo ""', ['echo', '']],
  ])('%s', (line, args) => {
    expect(parse([bytes(`${line}\r\n`)])).toEqual([args])
    expect(parse([bytes(`${line}\n`)])).toEqual([args])
  })
})

describe('what is no request is refused in the words of Redis:', () => {
  test.each([
    ['*x\r\n', 'invalid multibulk length'],
    ['*2147483648\r\n', 'invalid multibulk length'],
    ['*01\r\n', 'invalid multibulk length'],
    ['*1\r\n:1\r\n', "expected '$', got ':'"],
    ['*1\r\n$-1\r\n', 'invalid bulk length'],
    ['*1\r\n$536870913\r\n', 'invalid bulk length'],
    ['*1\r\n$x\r\n', 'invalid bulk length'],
    [`*${'1'.repeat(70_000)}`, 'too big mbulk count string'],
    [`*1\r\n$${'1'.repeat(70_000)}`, 'too big bulk count string'],
    ['x'.repeat(70_000), 'too big inline request'],
    ['set "open\r\n', 'unbalanced quotes in request'],
    ['set "a"b\r\n', 'unbalanced quotes in request'],
  ])('%#', (text, words) => {
    expect(fault(text)).toBe(`ERR Protocol error: ${words}`)
  })

  test('before the login, also what is too large for a login', () => {
    const restricted = parser()
    restricted.restricted = true
    expect(fault('*11\r\n', restricted)).toBe('ERR Protocol error: unauthenticated multibulk length')
    const other = parser()
    other.restricted = true
    expect(fault('*1\r\n$16385\r\n', other)).toBe('ERR Protocol error: unauthenticated bulk length')
  })

  test('arguments that together are larger than a request may be', () => {
    const small = new RequestParser(() => ({ bulkBytes: 1000, requestBytes: 2000 }))
    const argument = `$1000\r\n${'x'.repeat(1000)}\r\n`
    expect(() => parse([bytes(`*9\r\n${argument.repeat(3)}`)], small)).toThrow(ProtocolError)
  })

  test('and no bytes do anything else', () => {
    const text = fc.oneof(anyBytes, fc.constantFrom('*1\r\n', '$3\r\n', 'abc\r\n', '*', '$', '\r\n', '"', '*-1\r\n', '$-5\r\n'))
    fc.assert(fc.property(fc.array(text, { maxLength: 20 }), (pieces) => {
      try {
        parse(pieces.map(bytes))
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError)
      }
    }))
  })
})
