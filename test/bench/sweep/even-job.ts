import type { Redis } from 'ioredis'
import { load } from '../../support/load.ts'
import { replaceTopic } from '../../support/topics.ts'
import type { Job } from '../job.ts'
import { evenCounts, evenTexts, numberOf } from './even-words.ts'
import type { TextShape } from './even-words.ts'

const topic = 'sentences'
/** Ends every partition: who has counted all of them has read all there is. */
const lastWord = 'the-end'
const shownFaults = 20

/** The word count over even words. */
export function evenJob(shape: TextShape, partitions: number): Job {
  const right = evenCounts(shape)
  return {
    name: 'word-count',
    topic,
    partitions,
    records: shape.records + partitions,
    async load(brokers) {
      await replaceTopic(brokers, topic, partitions)
      await load(brokers, topic, evenTexts(shape))
      await load(brokers, topic, Array.from({ length: partitions }, () => lastWord))
    },
    prepare: async () => {},
    looksDone: async (redis) => Number(await redis.hget('words', lastWord)) === partitions,
    faults: (redis) => faultsIn(redis, right),
  }
}

/** Goes through the hash in portions: Redis could answer 10,000,000 fields at once, but not while others wait. */
async function faultsIn(redis: Redis, right: Uint32Array): Promise<string[]> {
  const missing = right.slice()
  const faults: string[] = []
  for (let cursor = '0'; ;) {
    const [next, fields] = await redis.hscan('words', cursor, 'COUNT', 10_000)
    for (let i = 0; i < fields.length; i += 2) {
      const [word, count] = [fields[i]!, Number(fields[i + 1])]
      if (word === lastWord) continue
      const number = numberOf(word)
      if (number === undefined || number >= right.length) faults.push(`${word}: ${count}, which never occurred`)
      else if (count !== right[number]) faults.push(`${word}: ${count} instead of ${right[number]}`)
      if (number !== undefined) missing[number] = 0
    }
    if (faults.length > shownFaults) return faults
    if (next === '0') break
    cursor = next
  }
  const absent = missing.reduce((sum, count) => (count === 0 ? sum : sum + 1), 0)
  return absent === 0 ? faults : [...faults, `${absent} words are missing`]
}
