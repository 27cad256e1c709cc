import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parsePlan, parseTopicsToMove, planText, proposePlan } from '../../../src/kafka/admin/replica-plan.ts'

function topicOf(name: string, partitions: number, replicas: number) {
  return { name, partitions: Array.from({ length: partitions }, (_, partition) => ({ partition, replicas: Array.from({ length: replicas }, (_, i) => i) })) }
}

describe('a proposal', () => {
  test('goes round the brokers, followers farther away with each round', () => {
    expect(proposePlan([topicOf('lines', 4, 2)], [1, 2, 3]).map(({ replicas }) => replicas)).toEqual([[1, 2], [2, 3], [3, 1], [1, 3]])
  })

  test('gives every partition its replicas on different brokers, and brokers as many leaders and replicas as even as can be', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 8 }), (nodes, partitions, wanted) => {
      const brokers = Array.from({ length: nodes }, (_, i) => i * 10)
      const replicas = Math.min(wanted, nodes)
      const plan = proposePlan([topicOf('lines', partitions, replicas)], brokers)
      for (const each of plan) {
        expect(each.replicas).toHaveLength(replicas)
        expect(new Set(each.replicas).size).toBe(replicas)
      }
      const leaders = brokers.map((broker) => plan.filter((each) => each.replicas[0] === broker).length)
      expect(Math.max(...leaders) - Math.min(...leaders)).toBeLessThanOrEqual(1)
      if (partitions % nodes === 0) {
        const copies = brokers.map((broker) => plan.filter((each) => each.replicas.includes(broker)).length)
        expect(Math.max(...copies)).toBe(Math.min(...copies))
      }
    }))
  })

  test('is refused when there are fewer brokers than replicas', () => {
    expect(() => proposePlan([topicOf('lines', 1, 3)], [1, 2])).toThrow(expect.objectContaining({ code: 'MR_KAFKA_LAYOUT_INVALID' }))
  })
})

describe("Kafka's files", () => {
  test('are read and written', () => {
    expect(parseTopicsToMove('{"topics":[{"topic":"a"},{"topic":"b"}],"version":1}', 'f')).toEqual(['a', 'b'])
    const plan = [{ topic: 'a', partition: 0, replicas: [1, 2] }]
    expect(planText(plan)).toBe('{"version":1,"partitions":[{"topic":"a","partition":0,"replicas":[1,2],"log_dirs":["any","any"]}]}')
    expect(parsePlan(planText(plan), 'f')).toEqual(plan)
  })

  test.each([
    ['{', 'no JSON'],
    ['{"version":2,"partitions":[]}', 'version'],
    ['{"version":1,"partitions":[]}', 'names no partition'],
    ['{"version":1,"partitions":[{"topic":"a","partition":0,"replicas":[]}]}', 'at least one broker'],
    ['{"version":1,"partitions":[{"topic":"a","partition":0,"replicas":[1,1]}]}', 'a-0 names a broker twice'],
    ['{"version":1,"partitions":[{"topic":"a","partition":0,"replicas":[1]},{"topic":"a","partition":0,"replicas":[2]}]}', 'a-0 is there twice'],
  ])('are refused with their fault: %s', (text, fault) => {
    expect(() => parsePlan(text, 'plan.json')).toThrow(expect.objectContaining({ code: 'MR_OPTIONS_INVALID', message: expect.stringContaining(fault) as string, place: { at: 'plan.json' } }))
  })
})
