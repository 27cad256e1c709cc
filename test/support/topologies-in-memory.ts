import { splitText, tumblingCount } from '../../src/bolts/index.ts'
import { memorySeal } from '../../src/testing/memory-commit-store.ts'
import type { BoltCollector, BoltDefinition } from '../../src/topology/bolt.ts'
import type { Grouping } from '../../src/grouping/grouping.ts'
import type { Component, Topology } from '../../src/topology/topology.ts'
import type { Tuple } from '../../src/tuple/fields.ts'

/** What a counter does with a batch: takes it, answers only later, or takes some and refuses others. */
export type BatchTaking = 'at once' | 'later' | 'some'

/** Counts a field in a hash of the commit store. `took` is told of every batch it has counted, and by which task. */
export function counter(key: string, field: string, mergeable: boolean, slow: () => void = () => {}, taking: BatchTaking = 'at once', took?: (texts: readonly string[], task: number) => void): BoltDefinition {
  return {
    role: 'bolt',
    streams: {},
    mergeable,
    store: { module: 'memory:', options: { key }, seal: memorySeal },
    createTask: ({ task }) => ({ execute(tuple: Tuple, out: BoltCollector) {
        slow()
        out.writes.hashAdd(key, String(tuple[field]), 1)
      },
      executeBatch(batch, out) {
        const column = batch.column(field)
        const count = () => {
          const done = column?.kind === 'text' && out.writes.hashCount(key, column)
          if (done) took?.(Array.from({ length: column.rows }, (_, row) => column.text(row)), task)
          return done
        }
        if (taking === 'later') return Promise.resolve().then(count)
        return (taking === 'at once' || batch.rows % 3 === 0) && count()
      },
    }),
  }
}

/** Adds up shares: hash by the start of the window, field by value. */
function adder(mergeable: boolean): BoltDefinition {
  return {
    role: 'bolt',
    streams: {},
    mergeable,
    store: { module: 'memory:', options: {}, seal: memorySeal },
    createTask: () => ({ execute: ({ start, value, count }, out) => out.writes.hashAdd(`from ${String(start)}`, value as string, count as number) }),
  }
}

/** lines → split → windows → add, of library bolts: batches all the way, and what is gathered goes out at the end of each epoch. */
export function windowCount(mergeable: boolean): Topology {
  return {
    name: 'window-count',
    components: [
      { kind: 'spout', id: 'lines', options: {}, definition: { role: 'spout', streams: { default: { value: 'string', at: 'number' } }, createTask: () => { throw new TypeError('fed by the driver') } } },
      {
        kind: 'bolt', id: 'windows', options: {},
        inputs: [{ source: 'lines', stream: 'default', grouping: { kind: 'fields', fields: ['value'] } }],
        definition: tumblingCount({ by: 'value', time: 'at', sizeMs: 10 }) as unknown as BoltDefinition,
      },
      { kind: 'bolt', id: 'add', options: {}, inputs: [{ source: 'windows', stream: 'default', grouping: { kind: 'fields', fields: ['value'] } }], definition: adder(mergeable) },
    ],
  }
}

export interface WordCountOptions {
  /** A counter that owns its keys makes every word cross the hop. */
  readonly mergeable: boolean
  /** How `count` subscribes to the words; several subscribe it several times. */
  readonly groupings?: readonly Grouping[]
  /** What every word costs in `count`. */
  readonly slow?: () => void
  /** What the split bolt does instead of splitting at once. */
  readonly split?: (value: string, out: BoltCollector) => unknown
  readonly splitOptions?: Component['options']
  /** Split by the library's bolt, which takes batches and leaves empty words out. */
  readonly inBatches?: boolean
  readonly taking?: BatchTaking
  /** Told of every batch that `count` has counted, and by which task. */
  readonly took?: (words: readonly string[], task: number) => void
  readonly countOptions?: Component['options']
}

function splitWords(value: string, out: BoltCollector): void {
  for (const word of value.split(' ')) out.emit({ word })
}

/** lines → split → count: the smallest topology that shows everything. */
export function wordCount(options: WordCountOptions): Topology {
  const split = options.split ?? splitWords
  return {
    name: 'word-count',
    components: [
      { kind: 'spout', id: 'lines', options: {}, definition: { role: 'spout', streams: { default: { value: 'string' } }, createTask: () => { throw new TypeError('fed by the driver') } } },
      {
        kind: 'bolt', id: 'split', options: options.splitOptions ?? {},
        inputs: [{ source: 'lines', stream: 'default', grouping: { kind: 'shuffle' } }],
        definition: options.inBatches === true
          ? splitText({ field: 'value', as: 'word' }) as unknown as BoltDefinition
          : { role: 'bolt', streams: { default: { word: 'string' } }, createTask: () => ({ execute: (tuple, out) => split(tuple['value'] as string, out) }) },
      },
      {
        kind: 'bolt', id: 'count', options: options.countOptions ?? {},
        inputs: (options.groupings ?? [{ kind: 'fields', fields: ['word'] }]).map((grouping) => ({ source: 'split', stream: 'default', grouping })),
        definition: counter('words', 'word', options.mergeable, options.slow, options.taking, options.took),
      },
    ],
  }
}

/** How often each word is there: the independent recount. */
export function recount(partitions: readonly (readonly string[])[], { empty = true }: { readonly empty?: boolean } = {}): ReadonlyMap<string, string> {
  const counts = new Map<string, number>()
  for (const lines of partitions) {
    for (const line of lines) for (const word of line.split(' ')) if (empty || word !== '') counts.set(word, (counts.get(word) ?? 0) + 1)
  }
  return new Map(Array.from(counts, ([word, count]) => [word, String(count)]))
}

export function feedOf(partitions: readonly (readonly string[])[]): readonly (readonly Tuple[])[] {
  return partitions.map((lines) => lines.map((value) => ({ value })))
}
