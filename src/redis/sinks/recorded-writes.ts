import { asMillraceError, MillraceError } from '../../errors.ts'
import { checkStreamEntry, wellFormed, type WriteSet } from '../../state/write-set.ts'
import { scalarText, type Scalar } from './sink.ts'

/**
 * The writes a `redisSink` may make, by Redis's own names. They are recorded and enter Redis with the
 * epoch; nothing is read back. Sums, extremes and sets merge; of two `set` or `hset` the last one stays.
 */
export interface RedisWrites {
  /** `n` is a whole number. */
  hincrby(key: string, field: Scalar, n: number): void
  hset(key: string, field: Scalar, value: Scalar): void
  /** Sets a field that is not there; if it was not, pushes the field's name to the head of the list `pushTo`. */
  hsetnx(key: string, field: Scalar, value: Scalar, pushTo?: string): void
  /** Keeps the largest number ever given in a hash field. */
  max(key: string, field: Scalar, n: number): void
  min(key: string, field: Scalar, n: number): void
  sadd(key: string, ...members: Scalar[]): void
  zincrby(key: string, n: number, member: Scalar): void
  pfadd(key: string, ...elements: Scalar[]): void
  set(key: string, value: Scalar): void
  lpush(key: string, ...values: Scalar[]): void
  rpush(key: string, ...values: Scalar[]): void
  /** Redis gives the id. */
  xadd(key: string, entry: Readonly<Record<string, Scalar>>): void
  /** Absolute, in ms since 1970, so that a replay does not stretch it. */
  pexpireat(key: string, atMs: number): void
}

/**
 * Records the writes of one call, checked as far as they can be on their own, and makes them all at
 * the end of the call. One object serves call after call; a call that is still open keeps it to itself.
 */
export class RecordedWrites implements RedisWrites {
  readonly #recorded: ((writes: WriteSet) => void)[] = []
  #open = false

  begin(): void {
    this.#open = true
    this.#recorded.length = 0
  }

  /** The call has failed; later writes throw. */
  discard(): void {
    this.#open = false
  }

  /** Ends the recording; later writes throw. */
  applyTo(writes: WriteSet): void {
    this.#open = false
    const recorded = this.#recorded
    for (let done = 0; done < recorded.length; done++) {
      try {
        recorded[done]!(writes)
      } catch (error) {
        // Only what contradicts other writes of the epoch is refused here; what went before cannot be taken back.
        throw done === 0 ? error : asMillraceError(error, 'MR_INTERNAL').as('MR_RESULTS_CONFLICT')
      }
    }
  }

  hincrby(key: string, field: Scalar, n: number): void {
    const name = text(field, key)
    if (!Number.isSafeInteger(n)) throw notWhole(key, n)
    this.#record(key, (writes) => writes.hashAdd(key, name, n))
  }

  hset(key: string, field: Scalar, value: Scalar): void {
    const name = text(field, key)
    const content = text(value, key)
    this.#record(key, (writes) => writes.hashSet(key, name, content))
  }

  hsetnx(key: string, field: Scalar, value: Scalar, pushTo?: string): void {
    const name = text(field, key)
    const content = text(value, key)
    if (pushTo !== undefined) text(pushTo, key)
    this.#record(key, (writes) => writes.hashSetOnce(key, name, content, pushTo))
  }

  max(key: string, field: Scalar, n: number): void {
    const name = text(field, key)
    if (!Number.isFinite(n)) throw notWhole(key, n)
    this.#record(key, (writes) => writes.hashMax(key, name, n))
  }

  min(key: string, field: Scalar, n: number): void {
    const name = text(field, key)
    if (!Number.isFinite(n)) throw notWhole(key, n)
    this.#record(key, (writes) => writes.hashMin(key, name, n))
  }

  sadd(key: string, ...members: Scalar[]): void {
    for (const member of members) {
      const name = text(member, key)
      this.#record(key, (writes) => writes.setAdd(key, name))
    }
  }

  zincrby(key: string, n: number, member: Scalar): void {
    const name = text(member, key)
    if (!Number.isFinite(n)) throw notWhole(key, n)
    this.#record(key, (writes) => writes.sortedSetAdd(key, name, n))
  }

  pfadd(key: string, ...elements: Scalar[]): void {
    for (const element of elements) {
      const name = text(element, key)
      this.#record(key, (writes) => writes.hyperLogLogAdd(key, name))
    }
  }

  set(key: string, value: Scalar): void {
    const content = text(value, key)
    this.#record(key, (writes) => writes.stringSet(key, content))
  }

  lpush(key: string, ...values: Scalar[]): void {
    this.#push(key, values, 'head')
  }

  rpush(key: string, ...values: Scalar[]): void {
    this.#push(key, values, 'tail')
  }

  xadd(key: string, entry: Readonly<Record<string, Scalar>>): void {
    const pairs = Object.entries(entry).flatMap(([field, value]) => [text(field, key), text(value, key)])
    checkStreamEntry(key, pairs)
    this.#record(key, (writes) => writes.streamAppend(key, pairs))
  }

  pexpireat(key: string, atMs: number): void {
    if (!Number.isSafeInteger(atMs)) throw notWhole(key, atMs)
    this.#record(key, (writes) => writes.expireAt(key, atMs))
  }

  #push(key: string, values: readonly Scalar[], end: 'head' | 'tail'): void {
    for (const value of values) {
      const content = text(value, key)
      this.#record(key, (writes) => writes.listPush(key, content, end))
    }
  }

  #record(key: string, write: (writes: WriteSet) => void): void {
    if (!this.#open) {
      throw new MillraceError('MR_EMIT_INVALID', 'a result was written after the call had ended', {
        remedy: 'return (or await) the promise of the work, so that its results belong to the right epoch',
      })
    }
    wellFormed(key, key)
    this.#recorded.push(write)
  }
}

function text(value: Scalar, key: string): string {
  return wellFormed(typeof value === 'string' ? value : scalarText(value, `of key ${key}`), key)
}

function notWhole(key: string, n: number): MillraceError {
  return new MillraceError('MR_EMIT_INVALID', `${String(n)} cannot be added, compared or used as a time in ${key}`, {
    place: { at: `key ${key}` },
    remedy: 'give a finite number; counters and times need whole numbers below 2^53',
  })
}
