import assignerProtocol from 'kafkajs/src/consumer/assignerProtocol.js'
import { describe, expect, test } from 'vitest'
import { decodeAssignment, decodeMember, encodeAssignment, encodeMember } from '../../src/kafka/kafkajs-member-bytes.ts'

describe('what members tell each other', () => {
  const claims = { topics: ['orders', 'sentences'], owned: ['orders/0', 'orders/12', 'sentences/3'], generation: 7 }
  const assignment = { partitions: ['orders/1', 'sentences/0'], counts: new Map([['orders', 13], ['sentences', 4]]) }

  test('arrives as it was', () => {
    expect(decodeMember(encodeMember(claims))).toEqual(claims)
    expect(decodeAssignment(encodeAssignment(assignment))).toEqual(assignment)
  })

  test("is in the form that Kafka's own tools read", () => {
    expect(assignerProtocol.MemberMetadata.decode(encodeMember(claims)).topics).toEqual(['orders', 'sentences'])
    expect(assignerProtocol.MemberAssignment.decode(encodeAssignment(assignment))!.assignment).toEqual({ orders: [1], sentences: [0] })
  })

  test('no bytes are no partitions', () => {
    expect(decodeAssignment(Buffer.alloc(0))).toEqual({ partitions: [], counts: new Map() })
  })

  test.for(['', 'null', '[1]', '{"generation":"x","owned":{"orders":0},"counts":{"orders":"x"}}', '\u0000\u0001'])('a stranger with %j for additions owns nothing', (text) => {
    const userData = Buffer.from(text)
    const member = assignerProtocol.MemberMetadata.encode({ version: 1, topics: ['orders'], userData })
    expect(decodeMember(member)).toEqual({ topics: ['orders'], owned: [], generation: -1 })
    const bytes = assignerProtocol.MemberAssignment.encode({ version: 1, assignment: { orders: [2] }, userData })
    expect(decodeAssignment(bytes)).toEqual({ partitions: ['orders/2'], counts: new Map() })
  })
})
