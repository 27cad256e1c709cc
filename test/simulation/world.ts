import { ManualClock } from '../../src/base/manual-clock.ts'
import type { Chance } from './chance.ts'
import type { KafkaModel } from './kafka-model.ts'
import type { RedisServer } from './redis-server.ts'
import type { Trace } from './trace.ts'
import { calm, type Weather } from './weather.ts'

/** What all processes of one simulation live in. */
export class World {
  readonly clock: ManualClock
  readonly chance: Chance
  readonly trace: Trace
  /** Between processes and servers. */
  weather: Weather = calm
  violation: Error | undefined
  kafka!: KafkaModel
  redis!: RedisServer

  constructor(chance: Chance, trace: Trace) {
    this.clock = new ManualClock()
    this.chance = chance
    this.trace = trace
  }

  /** The product has done what it must not; the run ends with the first of these. */
  violated(violation: Error): void {
    this.violation ??= violation
  }

  note(text: string): void {
    this.trace.note(this.clock.monotonic(), text)
  }

  hit(what: string): void {
    this.trace.hit(what)
  }

  after(delayMs: number, call: () => void): void {
    this.clock.setTimer(delayMs, call)
  }

  /** How long a message is on its way now. */
  delayMs(): number {
    const { late, lateMs, latencyMs } = this.weather
    return late > 0 && this.chance.happens(late) ? this.chance.next() * lateMs : 0.1 + this.chance.next() * latencyMs
  }

  lost(): boolean {
    return this.weather.lost > 0 && this.chance.happens(this.weather.lost)
  }
}
