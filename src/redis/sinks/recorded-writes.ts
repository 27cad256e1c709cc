import { asMillraceError, MillraceError } from '../../errors.ts'
import { checkStreamEntry, wellFormed, type WriteSet } from '../../state/write-set.ts'
import { checkedWindow, scalarText, type Scalar } from './sink.ts'

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
  /** Says which window of event time the key holds, once something was written to it: a replay may then repair it alone. */
  window(key: string, startMs: number, sizeMs: number): void
}

type Kind = 'hincrby' | 'hset' | 'hsetnx' | 'max' | 'min' | 'sadd' | 'zincrby' | 'pfadd' | 'set' | 'lpush' | 'rpush' | 'xadd' | 'pexpireat' | 'window'

/** One write; what its kind does not need is empty. Reused, for most topologies make the same writes again and again. */
interface Recorded {
  kind: Kind
  key: string
  /** Field, member or element. */
  name: string
  text: string
  n: number
  sizeMs: number
  list: string | undefined
  entry: readonly string[]
}

const mostReused = 1_024
const noEntry: readonly string[] = []

/**
 * Records the writes of one call, checked as far as they can be on their own, and makes them all at
 * the end of the call. One object serves call after call; a call that is still open keeps it to itself.
 */
export class RecordedWrites implements RedisWrites {
  readonly #recorded: Recorded[] = []
  #count = 0
  #open = false

  begin(): void {
    this.#open = true
    this.#count = 0
    // One call of many writes must not be remembered for ever.
    if (this.#recorded.length > mostReused) this.#recorded.length = mostReused
  }

  /** The call has failed; later writes throw. */
  discard(): void {
    this.#open = false
  }

  /** Ends the recording; later writes throw. */
  applyTo(writes: WriteSet): void {
    this.#open = false
    for (let done = 0; done < this.#count; done++) {
      try {
        apply(this.#recorded[done]!, writes)
      } catch (error) {
        // Only what contradicts other writes of the epoch is refused here; what went before cannot be taken back.
        throw done === 0 ? error : asMillraceError(error, 'MR_INTERNAL').as('MR_RESULTS_CONFLICT')
      }
    }
  }

  hincrby(key: string, field: Scalar, n: number): void {
    const name = text(field, key)
    if (!Number.isSafeInteger(n)) throw notWhole(key, n)
    this.#record('hincrby', key, name, '', n)
  }

  hset(key: string, field: Scalar, value: Scalar): void {
    const name = text(field, key)
    const content = text(value, key)
    this.#record('hset', key, name, content)
  }

  hsetnx(key: string, field: Scalar, value: Scalar, pushTo?: string): void {
    const name = text(field, key)
    const content = text(value, key)
    if (pushTo !== undefined) text(pushTo, key)
    this.#record('hsetnx', key, name, content, 0, pushTo)
  }

  max(key: string, field: Scalar, n: number): void {
    const name = text(field, key)
    if (!Number.isFinite(n)) throw notWhole(key, n)
    this.#record('max', key, name, '', n)
  }

  min(key: string, field: Scalar, n: number): void {
    const name = text(field, key)
    if (!Number.isFinite(n)) throw notWhole(key, n)
    this.#record('min', key, name, '', n)
  }

  sadd(key: string, ...members: Scalar[]): void {
    for (const member of members) {
      this.#record('sadd', key, text(member, key))
    }
  }

  zincrby(key: string, n: number, member: Scalar): void {
    const name = text(member, key)
    if (!Number.isFinite(n)) throw notWhole(key, n)
    this.#record('zincrby', key, name, '', n)
  }

  pfadd(key: string, ...elements: Scalar[]): void {
    for (const element of elements) {
      this.#record('pfadd', key, text(element, key))
    }
  }

  set(key: string, value: Scalar): void {
    this.#record('set', key, '', text(value, key))
  }

  lpush(key: string, ...values: Scalar[]): void {
    for (const value of values) this.#record('lpush', key, '', text(value, key))
  }

  rpush(key: string, ...values: Scalar[]): void {
    for (const value of values) this.#record('rpush', key, '', text(value, key))
  }

  xadd(key: string, entry: Readonly<Record<string, Scalar>>): void {
    const pairs = Object.entries(entry).flatMap(([field, value]) => [text(field, key), text(value, key)])
    checkStreamEntry(key, pairs)
    this.#record('xadd', key, '', '', 0, undefined, pairs)
  }

  pexpireat(key: string, atMs: number): void {
    if (!Number.isSafeInteger(atMs)) throw notWhole(key, atMs)
    this.#record('pexpireat', key, '', '', atMs)
  }

  window(key: string, startMs: number, sizeMs: number): void {
    this.#record('window', key, '', '', checkedWindow(startMs, sizeMs, key), undefined, noEntry, sizeMs)
  }

  #record(kind: Kind, key: string, name: string, content = '', n = 0, list?: string, entry: readonly string[] = noEntry, sizeMs = 0): void {
    if (!this.#open) {
      throw new MillraceError('MR_EMIT_INVALID', 'a result was written after the call had ended', {
        remedy: 'return (or await) the promise of the work, so that its results belong to the right epoch',
      })
    }
    wellFormed(key, key)
    const index = this.#count++
    const used = this.#recorded[index]
    if (used === undefined) {
      this.#recorded.push({ kind, key, name, text: content, n, sizeMs, list, entry })
      return
    }
    used.kind = kind
    used.key = key
    used.name = name
    used.text = content
    used.n = n
    used.sizeMs = sizeMs
    used.list = list
    used.entry = entry
  }
}

function apply({ entry, key, kind, list, n, name, sizeMs, text: content }: Recorded, writes: WriteSet): void {
  switch (kind) {
    case 'hincrby':
      return writes.hashAdd(key, name, n)
    case 'hset':
      return writes.hashSet(key, name, content)
    case 'hsetnx':
      return writes.hashSetOnce(key, name, content, list)
    case 'max':
      return writes.hashMax(key, name, n)
    case 'min':
      return writes.hashMin(key, name, n)
    case 'sadd':
      return writes.setAdd(key, name)
    case 'zincrby':
      return writes.sortedSetAdd(key, name, n)
    case 'pfadd':
      return writes.hyperLogLogAdd(key, name)
    case 'set':
      return writes.stringSet(key, content)
    case 'lpush':
      return writes.listPush(key, content, 'head')
    case 'rpush':
      return writes.listPush(key, content, 'tail')
    case 'xadd':
      return writes.streamAppend(key, entry)
    case 'window':
      return writes.window(key, n, sizeMs)
    default:
      return writes.expireAt(key, n)
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
