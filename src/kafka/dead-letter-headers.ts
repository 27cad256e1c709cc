import type { DeadLetter } from '../topology/source.ts'
import type { HeadersToWrite } from '../wire/record-batch-builder.ts'
import { splitPartition } from './partition-name.ts'

/** A header as it was read. */
export type RawHeader = readonly [name: Buffer, value: Buffer | null]

/** What a dead letter says of its record. */
export interface DeadLetterFacts extends DeadLetter {
  /** The record's own, ms since 1970. */
  readonly timestamp: number
  /** Why key, value and headers are not there. */
  readonly omitted: string | undefined
}

const first = 'x-src-topic'

/** Stand behind the record's own headers, in this order, so that a reader can tell whose they are. */
export function deadLetterHeaders(letter: DeadLetter, timestamp: number, omitted?: string): HeadersToWrite {
  const { topic, partition } = splitPartition(letter.partition)
  return [
    [first, topic],
    ['x-src-partition', String(partition)],
    ['x-src-offset', String(letter.offset)],
    ['x-src-timestamp', String(timestamp)],
    ['x-component', letter.component],
    ['x-error-class', letter.errorClass],
    ['x-error-message', letter.message],
    ['x-error-stack', letter.stack],
    ['x-attempts', String(letter.attempts)],
    ['x-generation', String(letter.generation)],
    ['x-first-failed-at', String(letter.failedAtMs)],
    ...(omitted === undefined ? [] : [['x-omitted', omitted] as const]),
  ]
}

/** The record's own headers, and what was added to them; undefined when it is no dead letter. */
export function readDeadLetterHeaders(headers: readonly RawHeader[]): { readonly own: readonly RawHeader[]; readonly facts: DeadLetterFacts } | undefined {
  const at = headers.findLastIndex(([name]) => name.toString() === first)
  if (at < 0) return undefined
  const added = new Map(headers.slice(at).map(([name, value]) => [name.toString(), value?.toString() ?? '']))
  const text = (name: string) => added.get(name) ?? ''
  // Whoever writes to the topic may write anything.
  const number = (name: string) => (/^-?\d{1,15}$/.test(text(name)) ? Number(text(name)) : 0)
  const facts: DeadLetterFacts = {
    partition: `${text(first)}/${text('x-src-partition')}`,
    offset: number('x-src-offset'),
    timestamp: number('x-src-timestamp'),
    component: text('x-component'),
    errorClass: text('x-error-class'),
    message: text('x-error-message'),
    stack: text('x-error-stack'),
    attempts: number('x-attempts'),
    generation: number('x-generation'),
    failedAtMs: number('x-first-failed-at'),
    omitted: added.get('x-omitted'),
  }
  return /^\d{1,9}$/.test(text('x-src-partition')) && /^\d{1,15}$/.test(text('x-src-offset')) ? { own: headers.slice(0, at), facts } : undefined
}
