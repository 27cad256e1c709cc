import { MillraceError } from '../../errors.ts'
import { isWindow, type KeyType, type WriteSet } from '../../state/write-set.ts'
import type { BoltDefinition } from '../../topology/bolt.ts'
import type { Fields, Tuple } from '../../tuple/fields.ts'
import { storeRef } from '../result-keys.ts'

/** What becomes text in Redis: numbers, booleans and bigints in their usual notation. */
export type Scalar = string | number | boolean | bigint

export type Texts<F extends string> = { readonly [K in F]: Scalar }
export type Numbers<F extends string> = { readonly [K in F]: number }

type NoStreams = { readonly [N in Exclude<'default', 'default'>]: Fields }

/** A bolt that writes results and emits nothing. */
export type Sink<In> = BoltDefinition<In, NoStreams>

export interface KeyOptions<T extends object> {
  /** The Redis key: one for all tuples, or one made from each. Exactly this name, without a prefix. */
  readonly key: string | ((tuple: T) => string)
  /** When the key expires, in ms since 1970; absolute, so that a replay does not stretch it. Default: never. */
  readonly expireAt?: (tuple: T) => number
  /** The window of event time whose results the key holds, for a key of its own per window: such windows can be repaired by a replay. */
  readonly window?: WindowOption<T>
}

export interface WindowOption<T extends object> {
  /** Ms since 1970. */
  readonly startOf: (tuple: T) => number
  readonly sizeMs: number
}

interface SinkParts {
  readonly type: KeyType
  /** Names of fields read. */
  readonly reads: readonly string[]
  /** True when the order of tuples does not matter. */
  readonly mergeable: boolean
  /** One write; a throw must leave nothing. */
  readonly write: (writes: WriteSet, key: string, tuple: Tuple) => void
}

export function sink<In, T extends object>({ key, expireAt, window }: KeyOptions<T>, { type, reads, mergeable, write }: SinkParts): Sink<In> {
  const expiry = expireAt as ((tuple: Tuple) => number) | undefined
  const startOf = window?.startOf as ((tuple: Tuple) => number) | undefined
  const keyOf = typeof key === 'string' ? () => key : (key as (tuple: Tuple) => string)
  return {
    role: 'bolt',
    streams: {},
    reads,
    mergeable,
    store: storeRef(typeof key === 'string' ? [{ key, type }] : []),
    createTask: () => ({
      execute(tuple, out) {
        const target = keyOf(tuple)
        // Before the write: a failed call is made again, and must not have counted.
        const atMs = expiry === undefined ? undefined : checkedExpiry(expiry(tuple), target)
        const startMs = startOf === undefined ? undefined : checkedWindow(startOf(tuple), window!.sizeMs, target)
        write(out.writes, target, tuple)
        if (atMs !== undefined) out.writes.expireAt(target, atMs)
        if (startMs !== undefined) out.writes.window(target, startMs, window!.sizeMs)
      },
    }),
  }
}

function checkedExpiry(atMs: number, key: string): number {
  if (Number.isSafeInteger(atMs)) return atMs
  throw new MillraceError('MR_EMIT_INVALID', `expireAt gives ${String(atMs)}`, { place: { at: `key ${key}` }, remedy: 'give whole milliseconds since 1970' })
}

/** Throws MR_EMIT_INVALID; answers `startMs`. */
export function checkedWindow(startMs: number, sizeMs: number, key: string): number {
  if (isWindow(startMs, sizeMs)) return startMs
  throw new MillraceError('MR_EMIT_INVALID', `the window of ${String(sizeMs)} ms from ${String(startMs)} is none`, { place: { at: `key ${key}` }, remedy: 'give whole milliseconds since 1970, and a size of at least 1' })
}

export function textOf(tuple: Tuple, field: string): string {
  const value = tuple[field]
  return typeof value === 'string' ? value : scalarText(value, field)
}

/** `what` names the value for people. */
export function scalarText(value: unknown, what: string): string {
  switch (typeof value) {
    case 'string':
      return value
    case 'boolean':
    case 'bigint':
      return String(value)
    case 'number':
      if (Number.isFinite(value)) return String(value)
      throw invalid(what, String(value))
    default:
      throw invalid(what, value === null ? 'null' : typeof value)
  }
}

export function numberOf(tuple: Tuple, field: string): number {
  const value = tuple[field]
  if (typeof value === 'number') return value
  throw invalid(field, value === null ? 'null' : typeof value)
}

function invalid(field: string, found: string): MillraceError {
  return new MillraceError('MR_EMIT_INVALID', `field ${field} is ${found}, which cannot be written to Redis`, {
    remedy: `filter such tuples out in a bolt before the sink, or let the sink skip them (onError: 'skip')`,
  })
}
