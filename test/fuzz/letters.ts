import { createHash } from 'node:crypto'
import { readDeadLetterHeaders } from '../../src/kafka/dead-letter-headers.ts'
import { topicRecords } from '../support/topic-records.ts'
import { topicNames } from '../support/topics.ts'
import { Tally } from './oracle.ts'

/** Tells records apart by key and value. */
export function digestOf({ key, value }: { readonly key: Uint8Array | null; readonly value: Uint8Array | null }): string {
  const hash = createHash('sha1')
  for (const part of [key, value]) hash.update(part === null ? 'null' : `${part.length}:`).update(part ?? '')
  return hash.digest('base64')
}

/** Holds the dead letters of a topology against the records that must be there, byte for byte, each once however often it was written. */
export async function letterFaults(brokers: readonly string[], topology: string, right: ReadonlyMap<string, number>): Promise<string[]> {
  const topic = `${topology}.dead-letters`
  const letters = (await topicNames(brokers)).includes(topic) ? await topicRecords(brokers, topic) : []
  const found = new Tally()
  const places = new Set<string>()
  for (const letter of letters) {
    const facts = readDeadLetterHeaders(letter.headers)?.facts
    if (facts === undefined) return ['a letter does not say what it is']
    const place = `${facts.partition}@${facts.offset}`
    if (places.has(place)) continue
    places.add(place)
    found.add(digestOf(letter))
  }
  const faults: string[] = []
  for (const [digest, count] of right) if (found.get(digest) !== count) faults.push(`${found.get(digest) ?? 0} letters instead of ${count} of a record`)
  for (const digest of found.keys()) if (!right.has(digest)) faults.push('there is a letter of a record that must not be dead')
  return faults.slice(0, 5)
}
