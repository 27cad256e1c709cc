import * as fc from 'fast-check'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { silentLogger } from '../../../src/base/logger.ts'
import type { LogFields } from '../../../src/base/logger.ts'
import { ManualClock } from '../../../src/base/manual-clock.ts'
import { startBroker } from '../../../src/embedded/kafka/broker.ts'
import type { RunningServer } from '../../../src/embedded/server.ts'
import { createTopics } from '../../../src/wire/api/create-topics.ts'
import { apiVersions } from '../../../src/wire/api/api-versions.ts'
import { encodeRecordBatch } from '../../../src/wire/encode-record-batch.ts'
import { readResponse, writeRequest } from '../../../src/wire/message/api.ts'
import type { Api } from '../../../src/wire/message/api.ts'
import { messageArbitrary } from '../../support/message-arbitrary.ts'
import { RawClient } from '../../support/raw-client.ts'
import { apis } from '../../support/wire-tables.ts'

const batch = encodeRecordBatch({ codec: 'none', baseOffset: 0, records: [{ offset: 0, timestamp: 1_700_000_000_000, key: Buffer.from('k'), value: Buffer.from('v'), headers: [] }], lastOffset: 0 })

const few = fc.integer({ min: -3, max: 3 })
const text = fc.oneof({ weight: 6, arbitrary: fc.constantFrom('t', 't', 'u', 'new', 'g', '1', 'consumer', 'range', 'member', 'retention.ms', 'cleanup.policy') }, { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 300 }) })
const partitionCount = fc.oneof(few, fc.constantFrom(1e6, 0x7fff_ffff, -0x8000_0000))
/** Sent first, for the requests before may have deleted them. */
const topicsThere = writeRequest(createTopics, 7, 1, 'raw', { topics: ['t', 'u'].map((name) => ({ name, numPartitions: 2, replicationFactor: 1 })) })
/** Near what the broker knows, so that requests get past the first check, and far from it. */
const values = {
  int8: fc.oneof(few, fc.integer({ min: -0x80, max: 0x7f })),
  int16: fc.oneof(few, fc.integer({ min: -0x8000, max: 0x7fff })),
  int32: fc.oneof({ weight: 3, arbitrary: few }, { weight: 1, arbitrary: fc.integer() }),
  int64: fc.oneof({ weight: 3, arbitrary: few }, { weight: 1, arbitrary: fc.maxSafeInteger() }),
  string: text,
  records: fc.oneof(fc.constant(batch), fc.constant(Buffer.concat([batch, batch])), fc.constant(batch.subarray(0, 50)), fc.uint8Array({ maxLength: 90 }).map((bytes) => Buffer.from(bytes))),
  numPartitions: partitionCount,
  count: partitionCount,
  index: fc.oneof({ weight: 4, arbitrary: fc.constantFrom(0, 1) }, { weight: 1, arbitrary: few }),
  partition: fc.oneof({ weight: 4, arbitrary: fc.constantFrom(0, 1) }, { weight: 1, arbitrary: few }),
  partitionIndex: fc.oneof({ weight: 4, arbitrary: fc.constantFrom(0, 1) }, { weight: 1, arbitrary: few }),
  currentLeaderEpoch: fc.oneof({ weight: 4, arbitrary: fc.constantFrom(-1, 0) }, { weight: 1, arbitrary: few }),
  sessionId: fc.constantFrom(0, 0, 0, 1),
  sessionTimeoutMs: fc.oneof({ weight: 4, arbitrary: fc.constantFrom(6000, 45_000) }, { weight: 1, arbitrary: fc.integer() }),
  resourceType: fc.constantFrom(2, 4, 2, 4, 0, 8, 127),
  acks: fc.constantFrom(-1, 1, 0, -1, 1, 0, 2),
  memberId: fc.oneof({ weight: 3, arbitrary: fc.constant('') }, { weight: 1, arbitrary: text }),
  clientSoftwareName: fc.constantFrom('raw', 'no name\n', ''),
}

const anyRequest = fc.constantFrom(...apis).chain((api) => fc.integer({ min: api.versions[0], max: api.versions[1] }).chain((version) =>
  messageArbitrary(api.request, version, version >= api.flexibleSince, values).map((request) => ({ api: api.name, version, request }))))

let dir: string
let broker: RunningServer | undefined
/** The tables by name. */
let served: ReadonlyMap<string, Api>
const clock = new ManualClock()
const warnings: LogFields[] = []

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'millrace-any-request-'))
  const logger = { ...silentLogger, warn: (_: string, fields: LogFields = {}) => void warnings.push(fields), error: (_: string, fields: LogFields = {}) => void warnings.push(fields), child: () => logger }
  broker = await startBroker({ dataDir: dir, settings: { 'max.connections': '1000', 'connections.max.idle.ms': '-1' } }, { clock, logger })
  const client = await RawClient.open(broker.port)
  client.send(...writeRequest(apiVersions, 0, 1, 'raw', {}))
  const keys = new Set(readResponse(apiVersions, 0, await answerFrom(client) as Buffer).response.apiKeys.map(({ apiKey }) => apiKey))
  served = new Map(apis.filter(({ key }) => keys.has(key)).map((api) => [api.name, api]))
  client.close()
})

afterAll(async () => {
  const closed = broker?.close()
  clock.advance(60_000)
  await closed
  await rm(dir, { recursive: true, force: true })
})

/** The next frame. Time goes by in longer and longer steps for a request that is parked. */
async function answerFrom(client: RawClient): Promise<Buffer | 'closed'> {
  const frame = client.frame()
  for (let stepMs = 1; stepMs < 2 ** 34; stepMs *= 2) {
    const found = await Promise.race([frame, delay(5)])
    if (found !== undefined) return found
    clock.advance(stepMs)
  }
  // All timers have run: what is left is the disk.
  const found = await Promise.race([frame, delay(30_000)])
  if (found === undefined) throw new Error('there is no answer')
  return found
}

function waitsForNone({ request }: { readonly request: object }): boolean {
  return 'acks' in request && request.acks === 0
}

test('every request that can be read is answered with a response that can be read', async () => {
  await fc.assert(fc.asyncProperty(fc.array(anyRequest.filter(({ api }) => served.has(api)), { minLength: 1, maxLength: 6 }), async (requests) => {
    warnings.length = 0
    const client = await RawClient.open(broker!.port)
    try {
      client.send(...topicsThere)
      await answerFrom(client)
      client.send(...requests.flatMap(({ api, version, request }, correlationId) => writeRequest(served.get(api)!, version, correlationId, 'raw', request)))
      for (const [correlationId, asked] of requests.entries()) {
        if (waitsForNone(asked)) continue
        const frame = await answerFrom(client)
        // Kafka too tells in no other way that a batch nobody waits for was refused.
        if (frame === 'closed' && requests.slice(0, correlationId).some(waitsForNone)) break
        expect(frame, JSON.stringify(warnings)).not.toBe('closed')
        expect(readResponse(served.get(asked.api)!, asked.version, frame as Buffer).correlationId).toBe(correlationId)
      }
      expect(warnings.filter(({ error }) => error !== undefined && !(error instanceof Error && error.name === 'UnansweredRefusal'))).toEqual([])
    } finally {
      client.close()
    }
  }), { numRuns: 200 })
}, 120_000)
