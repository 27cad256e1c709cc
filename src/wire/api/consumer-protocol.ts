import { array, bytes, int32, list, string } from '../message/field.ts'
import type { Fields, Read, Written } from '../message/field.ts'
import { compileStruct } from '../message/struct-codec.ts'
import { WireReader } from '../message/wire-reader.ts'
import { WireWriter } from '../message/wire-writer.ts'

/** Protocol type of groups whose members embed these two messages. */
export const consumerProtocolType = 'consumer'

const newestVersion = 3

/** What a consumer says of itself when it joins: the `metadata` of a JoinGroup protocol. */
export const consumerSubscription = {
  topics: list(string()),
  userData: bytes({ nullable: 0, fallback: null }),
  ownedPartitions: array({
    topic: string(),
    partitions: list(int32()),
  }, { since: 1 }),
  generationId: int32({ since: 2, fallback: -1 }),
  rackId: string({ since: 3, nullable: 3, fallback: null }),
}

/** What the leader gives a consumer: the `assignment` of SyncGroup. */
export const consumerAssignment = {
  assignedPartitions: array({
    topic: string(),
    partitions: list(int32()),
  }),
  userData: bytes({ nullable: 0, fallback: null }),
}

/**
 * Reads the version in front and the fields behind it. Versions newer than 3 are read as 3, for
 * later ones only add fields at the end. Throws `WireError` for other bytes.
 */
export function readConsumerMessage<F extends Fields>(fields: F, message: Buffer): Read<F> {
  const reader = new WireReader(message)
  const version = reader.int16()
  if (version < 0) throw reader.fail(`version ${version}`)
  return compileStruct(fields, Math.min(version, newestVersion), false).read(reader) as Read<F>
}

export function writeConsumerMessage<F extends Fields>(fields: F, version: 0 | 1 | 2 | 3, message: Written<F>): Buffer {
  const writer = new WireWriter()
  writer.int16(version)
  compileStruct(fields, version, false).write(writer, message)
  return Buffer.concat(writer.chunks())
}
