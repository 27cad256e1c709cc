import { FetchedFrame } from '../../src/kafka/fetched-frame.ts'
import type { FetchedPartition, FetchLink, FetchPort, FetchRequest } from '../../src/kafka/fetch-port.ts'
import { KafkaFailure } from '../../src/kafka/kafka-failure.ts'
import type { LogRange } from '../../src/topology/source.ts'
import { encodeRecordBatch } from '../../src/wire/encode-record-batch.ts'

/** A fetch that waits for the test to answer it. */
export interface Asked {
  readonly node: number
  readonly request: FetchRequest
  answer(partitions: readonly FetchedPartition[]): Promise<void>
  fail(error: Error): Promise<void>
  readonly closed: boolean
}

/** A cluster whose every answer the test gives. */
export class ScriptedKafka implements FetchPort {
  readonly leaders = new Map<string, number>()
  readonly topicErrors = new Map<string, string>()
  readonly ranges = new Map<string, LogRange>()
  refreshes = 0
  unreachable = false
  readonly opened: number[] = []
  /** Fetches not answered yet, in the order they came. */
  readonly asked: Asked[] = []

  async refresh(): Promise<void> {
    this.refreshes++
    if (this.unreachable) throw new KafkaFailure('CONNECTION', 'no broker answers', true)
  }

  leader(topic: string, partition: number): number | undefined {
    return this.leaders.get(`${topic}/${partition}`)
  }

  topicError(topic: string): string | undefined {
    return this.topicErrors.get(topic)
  }

  async range(topic: string, partition: number): Promise<LogRange> {
    return this.ranges.get(`${topic}/${partition}`) ?? { earliest: 0, latest: 0 }
  }

  async open(node: number): Promise<FetchLink> {
    if (this.unreachable) throw new KafkaFailure('CONNECTION', 'connection refused', true)
    this.opened.push(node)
    let closed = false
    const rejects = new Set<(error: Error) => void>()
    return {
      fetch: (request) => new Promise((resolve, reject) => {
        rejects.add(reject)
        const done = (): void => {
          rejects.delete(reject)
          this.asked.splice(this.asked.indexOf(asked), 1)
        }
        const asked: Asked = {
          node,
          request,
          get closed() {
            return closed
          },
          answer(partitions) {
            done()
            resolve(partitions)
            return settled()
          },
          fail(error) {
            done()
            reject(error)
            return settled()
          },
        }
        this.asked.push(asked)
      }),
      close: () => {
        closed = true
        for (const reject of rejects) reject(new KafkaFailure('CONNECTION', 'the link was closed', true))
      },
    }
  }

  /** The only fetch in flight. */
  get only(): Asked {
    const [asked, ...more] = this.asked
    if (asked === undefined || more.length > 0) throw new Error(`${this.asked.length} fetches are in flight`)
    return asked
  }
}

/** Lets everything run that waits for nothing but promises. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve()
}

/** Values `topic/partition@offset` for the offsets `[from, to)`, in one batch. */
export function batchOf(name: string, from: number, to: number): Buffer {
  return encodeRecordBatch({
    records: Array.from({ length: to - from }, (_, i) => ({ offset: from + i, timestamp: 5, key: null, value: Buffer.from(`${name}@${from + i}`) })),
  })
}

/** Its bytes are overwritten as soon as the spout gives them back. */
export function answerOf(name: string, bytes: Buffer, rest: Partial<FetchedPartition> = {}): FetchedPartition {
  const slash = name.lastIndexOf('/')
  return {
    topic: name.slice(0, slash),
    partition: Number(name.slice(slash + 1)),
    error: undefined,
    highWatermark: 1_000,
    lastStableOffset: 1_000,
    aborted: [],
    frame: new FetchedFrame(1, bytes.length, () => bytes.fill(0xee)),
    bytes,
    at: 0,
    end: bytes.length,
    ...rest,
  }
}
