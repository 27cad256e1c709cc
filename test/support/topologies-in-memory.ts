import { memorySeal } from '../../src/testing/memory-commit-store.ts'
import type { BoltCollector, BoltDefinition } from '../../src/topology/bolt.ts'
import type { Grouping } from '../../src/grouping/grouping.ts'
import type { Component, Topology } from '../../src/topology/topology.ts'
import type { Tuple } from '../../src/tuple/fields.ts'

/** Counts a field in a hash of the commit store. */
export function counter(key: string, field: string, mergeable: boolean, slow: () => void = () => {}): BoltDefinition {
  return {
    role: 'bolt',
    streams: {},
    mergeable,
    store: { module: 'memory:', options: { key }, seal: memorySeal },
    createTask: () => ({ execute(tuple: Tuple, out: BoltCollector) {
        slow()
        out.writes.hashAdd(key, String(tuple[field]), 1)
      },
    }),
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
        definition: { role: 'bolt', streams: { default: { word: 'string' } }, createTask: () => ({ execute: (tuple, out) => split(tuple['value'] as string, out) }) },
      },
      {
        kind: 'bolt', id: 'count', options: {},
        inputs: (options.groupings ?? [{ kind: 'fields', fields: ['word'] }]).map((grouping) => ({ source: 'split', stream: 'default', grouping })),
        definition: counter('words', 'word', options.mergeable, options.slow),
      },
    ],
  }
}

/** How often each word is there: the independent recount. */
export function recount(partitions: readonly (readonly string[])[]): ReadonlyMap<string, string> {
  const counts = new Map<string, number>()
  for (const lines of partitions) {
    for (const line of lines) for (const word of line.split(' ')) counts.set(word, (counts.get(word) ?? 0) + 1)
  }
  return new Map(Array.from(counts, ([word, count]) => [word, String(count)]))
}

export function feedOf(partitions: readonly (readonly string[])[]): readonly (readonly Tuple[])[] {
  return partitions.map((lines) => lines.map((value) => ({ value })))
}
