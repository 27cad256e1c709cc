import { FetchedFrame } from '../../src/kafka/fetched-frame.ts'
import type { FetchedPartition, FetchLink, FetchPort, FetchRequest } from '../../src/kafka/fetch-port.ts'
import type { KafkaAccess, TopicDescription } from '../../src/kafka/kafka-access.ts'
import { KafkaFailure } from '../../src/kafka/kafka-failure.ts'
import type { PartitionLog } from '../../src/kafka/partition-log.ts'
import { patiently } from '../../src/kafka/patience.ts'
import type { LogRange } from '../../src/topology/source.ts'
import type { GroupCoordinator } from '../../src/kafka/group-coordinator.ts'
import { topic } from './kafka-model.ts'
import { membership, requestTimeoutMs } from './settings.ts'
import type { SimulatedProcess } from './simulated-process.ts'
import type { World } from './world.ts'

const sideRequestMs = 3_000
const mostBatches = 3

/** A process's way to Kafka. */
export class KafkaLink implements KafkaAccess {
  readonly at = 'kafka:9092'
  readonly coordinator: GroupCoordinator
  readonly log: PartitionLog
  readonly #world: World
  readonly #process: SimulatedProcess

  constructor(world: World, process: SimulatedProcess, instance: string) {
    this.#world = world
    this.#process = process
    const { kafka } = world
    const { group } = kafka
    const rebalance = membership.rebalanceTimeoutMs + 1_000
    this.coordinator = {
      join: (request) => this.#coordinated(() => group.join(instance, request), rebalance),
      sync: (seat, assignments) => this.#coordinated(() => group.sync(instance, seat, assignments), rebalance),
      heartbeat: (seat) => this.#coordinated(() => group.heartbeat(instance, seat), membership.sessionTimeoutMs / 3),
      leave: (memberId) => this.#coordinated(() => group.leave(instance, memberId), sideRequestMs),
      commit: (seat, positions) => this.#coordinated(() => kafka.commit(instance, seat, positions), sideRequestMs),
      committed: (partitions) => this.#coordinated(() => new Map([...kafka.committed].filter(([partition]) => partitions.includes(partition))), sideRequestMs),
    }
    this.log = {
      offsets: (partitions, point) => patiently(process.clock, requestTimeoutMs, () => this.exchange(() => new Map(partitions.map((name) => [name, this.#offset(name, point === 'earliest')])), sideRequestMs)),
    }
  }

  describe(topics: readonly string[]): Promise<ReadonlyMap<string, TopicDescription>> {
    const { kafka } = this.#world
    return this.exchange(() => new Map(topics.map((name) => [name, { error: undefined, partitions: kafka.partitions }])), sideRequestMs)
  }

  topics(): Promise<readonly string[]> {
    return Promise.resolve([topic])
  }

  disconnect(): void {}

  /** There and back; what is lost on the way is a timeout. */
  exchange<Answer>(request: () => Answer | Promise<Answer>, timeoutMs: number): Promise<Answer> {
    const world = this.#world
    const process = this.#process
    return new Promise((resolve, reject) => {
      const timer = process.clock.setTimer(timeoutMs, () => reject(new KafkaFailure('TIMEOUT', 'no answer', true)))
      const back = (call: () => void): void => {
        if (world.lost()) {
          world.hit('kafka reply lost')
          return
        }
        world.after(world.delayMs(), () => {
          if (process.cutOff) return
          process.inside(() => {
            timer.cancel()
            call()
          })
        })
      }
      world.after(world.delayMs(), () => {
        if (process.cutOff || world.lost()) {
          world.hit('kafka request lost')
          return
        }
        const answered = async (): Promise<Answer> => request()
        answered().then((answer) => back(() => resolve(answer)), (error: Error) => back(() => reject(error)))
      })
    })
  }

  /** For the spouts, in the workers. */
  fetchPort(): FetchPort {
    const { kafka } = this.#world
    let leaders: readonly number[] = []
    return {
      refresh: () => this.exchange(() => {
        leaders = kafka.leaders.slice(0, kafka.partitions)
      }, sideRequestMs),
      leader: (_, partition) => leaders[partition],
      topicError: () => undefined,
      open: (node) => this.exchange(() => this.#fetchLink(node), sideRequestMs),
      range: (_, partition) => this.exchange((): LogRange => {
        const log = kafka.logs[partition]!
        return { earliest: log.start, latest: kafka.endOf(log) }
      }, sideRequestMs),
    }
  }

  #fetchLink(node: number): FetchLink {
    let closed: (failure: KafkaFailure) => void = () => {}
    const cut = new Promise<never>((_, reject) => (closed = reject))
    cut.catch(() => {})
    return {
      fetch: (request) => Promise.race([cut, this.exchange(() => this.#fetched(node, request), request.maxWaitMs + sideRequestMs)]),
      close: () => closed(new KafkaFailure('CONNECTION', 'the link was closed', true)),
    }
  }

  /** Waits for records as a broker does. */
  #fetched(node: number, request: FetchRequest): Promise<readonly FetchedPartition[]> {
    const { clock, kafka } = this.#world
    const answers = () => request.partitions.map(({ partition, offset }) => this.#answer(node, partition, offset))
    return new Promise((resolve) => {
      const until = clock.monotonic() + request.maxWaitMs
      const look = (): void => {
        const found = answers()
        if (clock.monotonic() >= until || found.some(({ error, end }) => error !== undefined || end > 0)) {
          timer.cancel()
          resolve(found)
        } else kafka.onAppended(look)
      }
      const timer = clock.setTimer(request.maxWaitMs, look)
      look()
    })
  }

  #answer(node: number, partition: number, offset: number): FetchedPartition {
    const { kafka } = this.#world
    const log = kafka.logs[partition]!
    const end = kafka.endOf(log)
    const error = kafka.leaders[partition] !== node ? 'NOT_LEADER_FOR_PARTITION' : offset > log.end || offset < log.start ? 'OFFSET_OUT_OF_RANGE' : undefined
    // Read into once more as soon as nobody looks any more.
    const bytes = error === undefined && end === log.end ? log.fetch(offset, mostBatches) : Buffer.alloc(0)
    const frame = new FetchedFrame(1, bytes.length, () => bytes.fill(0xee))
    return { topic: log.topic, partition, error, highWatermark: end, lastStableOffset: end, aborted: log.abortedFrom(offset), frame, bytes, at: 0, end: bytes.length }
  }

  #offset(name: string, earliest: boolean): number {
    const { kafka } = this.#world
    const log = kafka.log(name)
    return earliest ? log.start : kafka.endOf(log)
  }

  #coordinated<Answer>(request: () => Answer | Promise<Answer>, timeoutMs: number): Promise<Answer> {
    return this.exchange(() => this.#world.kafka.coordinated(request), timeoutMs)
  }
}
