import type { Clock } from '../../src/base/clock.ts'
import type { Seat } from '../../src/kafka/group-coordinator.ts'
import { KafkaFailure } from '../../src/kafka/kafka-failure.ts'
import type { Position } from '../../src/topology/source.ts'
import { GroupModel } from '../kafka/group-model.ts'
import { LogModel } from './log-model.ts'

export const topic = 'lines'
const brokers = 3

/** A cluster with one topic and one consumer group. */
export class KafkaModel {
  readonly group: GroupModel
  readonly committed = new Map<string, number>()
  readonly logs: LogModel[] = []
  /** Brokers show what was there then, while set: ends by partition, and no partition that came later. */
  shown: ReadonlyMap<string, number> | undefined
  /** Nobody leads the group's coordination. */
  withoutCoordinator = false
  /** By partition number. */
  readonly leaders: number[] = []
  readonly #seed: number
  readonly #waiting = new Set<() => void>()

  constructor(seed: number, clock: Clock, sessionMs: number, rebalanceMs: number) {
    this.#seed = seed
    this.group = new GroupModel(clock, sessionMs, rebalanceMs)
  }

  get partitions(): number {
    return this.shown?.size ?? this.logs.length
  }

  addPartition(): LogModel {
    const log = new LogModel(this.#seed, topic, this.logs.length)
    this.logs.push(log)
    this.leaders.push(log.partition % brokers)
    return log
  }

  log(name: string): LogModel {
    return this.logs.find((log) => log.name === name)!
  }

  endOf(log: LogModel): number {
    return this.shown?.get(log.name) ?? log.end
  }

  moveLeader(partition: number): void {
    this.leaders[partition] = (this.leaders[partition]! + 1) % brokers
    this.appended()
  }

  /** Wakes fetches that wait for records. */
  appended(): void {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const wake of waiting) wake()
  }

  onAppended(wake: () => void): void {
    this.#waiting.add(wake)
  }

  commit(instance: string, seat: Seat, positions: readonly Position[]): void {
    try {
      this.group.heartbeat(instance, seat)
    } catch (error) {
      // Members on their way to the next generation may still commit in this one.
      if (!(error instanceof KafkaFailure) || error.type !== 'REBALANCE_IN_PROGRESS') throw error
    }
    for (const { partition, offset } of positions) this.committed.set(partition, offset)
  }

  /** By somebody with the right to. False when it is no member. */
  expel(instance: string): boolean {
    try {
      this.group.leave(instance, '')
      return true
    } catch {
      return false
    }
  }

  /** As any request to the coordinator. */
  coordinated<T>(request: () => T): T {
    if (this.withoutCoordinator) throw new KafkaFailure('COORDINATOR_NOT_AVAILABLE', 'the coordinator is not available', true)
    return request()
  }
}
