import { MillraceError } from '../../errors.ts'
import { WriteSet } from '../../state/write-set.ts'
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

/** Records the writes of one call. */
export class RecordedWrites implements RedisWrites {
  #writes: WriteSet | undefined = new WriteSet()

  /** Ends the recording; later writes throw. */
  take(): WriteSet {
    const writes = this.#open()
    this.#writes = undefined
    return writes
  }

  hincrby(key: string, field: Scalar, n: number): void {
    this.#open().hashAdd(key, text(field, key), n)
  }

  hset(key: string, field: Scalar, value: Scalar): void {
    this.#open().hashSet(key, text(field, key), text(value, key))
  }

  hsetnx(key: string, field: Scalar, value: Scalar, pushTo?: string): void {
    this.#open().hashSetOnce(key, text(field, key), text(value, key), pushTo)
  }

  max(key: string, field: Scalar, n: number): void {
    this.#open().hashMax(key, text(field, key), n)
  }

  min(key: string, field: Scalar, n: number): void {
    this.#open().hashMin(key, text(field, key), n)
  }

  sadd(key: string, ...members: Scalar[]): void {
    for (const member of members) this.#open().setAdd(key, text(member, key))
  }

  zincrby(key: string, n: number, member: Scalar): void {
    this.#open().sortedSetAdd(key, text(member, key), n)
  }

  pfadd(key: string, ...elements: Scalar[]): void {
    for (const element of elements) this.#open().hyperLogLogAdd(key, text(element, key))
  }

  set(key: string, value: Scalar): void {
    this.#open().stringSet(key, text(value, key))
  }

  lpush(key: string, ...values: Scalar[]): void {
    for (const value of values) this.#open().listPush(key, text(value, key), 'head')
  }

  rpush(key: string, ...values: Scalar[]): void {
    for (const value of values) this.#open().listPush(key, text(value, key), 'tail')
  }

  xadd(key: string, entry: Readonly<Record<string, Scalar>>): void {
    this.#open().streamAppend(key, Object.entries(entry).flatMap(([field, value]) => [field, text(value, key)]))
  }

  pexpireat(key: string, atMs: number): void {
    this.#open().expireAt(key, atMs)
  }

  #open(): WriteSet {
    if (this.#writes !== undefined) return this.#writes
    throw new MillraceError('MR_EMIT_INVALID', 'a result was written after the call had ended', {
      remedy: 'return (or await) the promise of the work, so that its results belong to the right epoch',
    })
  }
}

function text(value: Scalar, key: string): string {
  return scalarText(value, `of key ${key}`)
}
