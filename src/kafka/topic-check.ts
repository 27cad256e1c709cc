import { MillraceError } from '../errors.ts'
import { KafkaFailure } from './kafka-failure.ts'
import { nearestName } from './nearest-name.ts'
import { splitPartition } from './partition-name.ts'

/** The topic does not exist; names the one that was probably meant. */
export function topicUnknown(topic: string, existing: readonly string[], at: string): MillraceError {
  const close = nearestName(topic, existing)
  return new MillraceError('MR_KAFKA_TOPIC_UNKNOWN', `there is no topic ${topic}${close === undefined ? '' : `; did you mean ${close}?`}`, {
    place: { at },
    remedy: `correct the name, or create the topic with millrace topics create ${topic}`,
  })
}

/** No topic can have this name. */
export function topicNameInvalid(topic: string, at: string): MillraceError {
  return new MillraceError('MR_OPTIONS_INVALID', `"${topic}" cannot be the name of a topic`, { place: { at }, remedy: 'use up to 249 letters, digits, dots, dashes and underscores' })
}

/** Why the brokers do not describe a topic: a KafkaFailure when that may pass. */
export function topicRefused(topic: string, error: string, at: string): Error {
  if (error === 'TOPIC_AUTHORIZATION_FAILED') {
    return new MillraceError('MR_KAFKA_AUTHORIZATION', `the user lacks the right Describe on the topic ${topic}`, {
      place: { at },
      remedy: `grant it with Read: kafka-acls --add --allow-principal User:NAME --operation Read --operation Describe --topic ${topic}`,
    })
  }
  if (error === 'INVALID_TOPIC_EXCEPTION') return topicNameInvalid(topic, at)
  return new KafkaFailure(error, `the topic ${topic}: ${error}`, true)
}

/** Refuses offsets for topics that nobody reads and for partitions that do not exist. */
export function checkSeeks(partitions: readonly string[], counts: ReadonlyMap<string, number>): void {
  for (const name of partitions) {
    const { topic, partition } = splitPartition(name)
    const count = counts.get(topic)
    if (count === undefined) {
      throw new MillraceError('MR_OPTIONS_INVALID', `an offset is given for ${name}, but no spout reads that topic`, {
        place: { partition: name },
        remedy: `write topic/partition with one of the topics ${[...counts.keys()].join(', ')}`,
      })
    }
    if (!(Number.isInteger(partition) && partition >= 0 && partition < count)) {
      throw new MillraceError('MR_OFFSET_OUT_OF_RANGE', `an offset is given for ${name}, but ${topic} has ${count} partition${count === 1 ? '' : 's'}, counted from 0`, {
        place: { partition: name },
        remedy: `name a partition from ${topic}/0 to ${topic}/${count - 1}`,
      })
    }
  }
}
