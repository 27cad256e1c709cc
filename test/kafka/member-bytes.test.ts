import { describe, expect, test } from 'vitest'
import { decodeAssignment, decodeMember, encodeAssignment, encodeMember } from '../../src/kafka/member-bytes.ts'
import { consumerAssignment, consumerSubscription, readConsumerMessage, writeConsumerMessage } from '../../src/wire/api/consumer-protocol.ts'

describe('what members tell each other', () => {
  const claims = { topics: ['orders', 'sentences'], owned: ['orders/0', 'orders/12', 'sentences/3'], generation: 7 }
  const assignment = { partitions: ['orders/1', 'sentences/0'], counts: new Map([['orders', 13], ['sentences', 4]]) }

  test('arrives as it was', () => {
    expect(decodeMember(encodeMember(claims))).toEqual(claims)
    expect(decodeAssignment(encodeAssignment(assignment))).toEqual(assignment)
  })

  test('is in the form that members of every make read', () => {
    expect(readConsumerMessage(consumerSubscription, encodeMember(claims))).toEqual({
      topics: ['orders', 'sentences'],
      userData: null,
      ownedPartitions: [{ topic: 'orders', partitions: [0, 12] }, { topic: 'sentences', partitions: [3] }],
      generationId: 7,
      rackId: null,
    })
    expect(readConsumerMessage(consumerAssignment, encodeAssignment(assignment)).assignedPartitions).toEqual([{ topic: 'orders', partitions: [1] }, { topic: 'sentences', partitions: [0] }])
  })

  test('no bytes are no partitions', () => {
    expect(decodeAssignment(Buffer.alloc(0))).toEqual({ partitions: [], counts: new Map() })
  })

  test.for([null, '', 'null', '[1]', '{"counts":7}', '\u0000\u0001'])('from a member of another make, with %j for additions, tells of no counts and nothing owned', (text) => {
    const userData = text === null ? null : Buffer.from(text)
    expect(decodeMember(writeConsumerMessage(consumerSubscription, 0, { topics: ['orders'], userData }))).toEqual({ topics: ['orders'], owned: [], generation: -1 })
    const bytes = writeConsumerMessage(consumerAssignment, 1, { assignedPartitions: [{ topic: 'orders', partitions: [2] }], userData })
    expect(decodeAssignment(bytes)).toEqual({ partitions: ['orders/2'], counts: undefined })
  })
})
