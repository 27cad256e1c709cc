import { MillraceError } from '../errors.ts'
import { DeadLetterBreaker } from '../tracking/dead-letter-breaker.ts'
import type { DeadRecord } from '../tracking/record-fates.ts'
import type { CoordinatorEnvironment } from './coordinator-environment.ts'

/** Where dead records pass before their epoch is committed. */
export class DeadLetterGate {
  readonly #env: Pick<CoordinatorEnvironment, 'clock' | 'log' | 'options' | 'source'>
  readonly #breaker: DeadLetterBreaker

  constructor(env: Pick<CoordinatorEnvironment, 'clock' | 'log' | 'options' | 'source'>) {
    this.#env = env
    this.#breaker = new DeadLetterBreaker(env.options.breaker)
  }

  /** Sends those of an epoch of so many records. Throws MR_TOO_MANY_DEAD_LETTERS, or when they cannot be sent. */
  async send(dead: readonly DeadRecord[], records: number): Promise<void> {
    const { clock, log, options, source } = this.#env
    const tooMany = this.#breaker.add(clock.monotonic(), records, dead.length)
    const [first] = dead
    if (first === undefined) return
    const place = { component: first.component, partition: first.partition, offset: first.offset }
    if (tooMany !== undefined) {
      throw new MillraceError('MR_TOO_MANY_DEAD_LETTERS', `dead letters: ${tooMany}; one of them: ${first.errorClass}`, {
        place,
        remedy: 'see whether the records have changed their form, and correct the topology; or allow more by deadLetters.perMinute and deadLetters.share. Nothing of this epoch was committed',
      })
    }
    if (!options.sendsDeadLetters) return
    log.warn('records are dead-lettered', { records: dead.length, ...place, error: first.errorClass })
    await source.deadLetter!(dead.map((record) => ({ ...record, generation: options.generation })))
  }
}
