import { describe, expect, test } from 'vitest'
import { TopologyDriver } from '../../src/testing/topology-driver.ts'
import { bolt, type OutputCollector } from '../../src/topology/bolt-definition.ts'
import type { TopologyBuilder } from '../../src/topology/builder.ts'
import type { TaskContext } from '../../src/topology/context.ts'
import { defineTopology } from '../../src/topology/define-topology.ts'
import { spout } from '../../src/topology/spout-definition.ts'
import type { StreamHandle } from '../../src/topology/stream-handle.ts'
import { memoryStore } from './sample-components.ts'

/** What Storm's own tests say of topologies and groupings, run in this runtime on two workers. */

const fed = (...texts: string[]) => spout({ word: 'string' }, (context, from) => (context.index === 0 ? texts.slice(from).map((word) => ({ word })) : []))

interface Seen {
  readonly index: number
  readonly task: number
  readonly word: string
}

/** Notes what its tasks get, and writes nothing. */
function noting(seen: Seen[]) {
  const sink = bolt({}, (tuple: { word: string }, _out, context) => {
    seen.push({ index: context.index, task: context.task, word: tuple.word })
  })
  return { ...sink, store: memoryStore }
}

async function run(define: (builder: TopologyBuilder, words: StreamHandle<{ readonly word: string }>) => void, texts: string[], workers = 2): Promise<void> {
  const topology = defineTopology('storm', (builder) => define(builder, builder.setSpout('words', fed(...texts), { parallelism: 3 })))
  const driver = await TopologyDriver.start(topology, { feeds: {}, submit: { workers } })
  await driver.run()
}

const many = Array.from({ length: 1000 }, (_, n) => `word-${n}`)

describe('a topology on two workers', () => {
  test('counts words by fields and aggregates them globally', async () => {
    class Count {
      readonly #counts = new Map<string, number>()
      execute({ word }: { word: string }, out: OutputCollector<{ word: 'string'; n: 'number' }>): void {
        const n = (this.#counts.get(word) ?? 0) + 1
        this.#counts.set(word, n)
        out.emit({ word, n })
      }
    }
    class Total {
      static readonly totals: number[][] = []
      readonly #seen: number[] = []
      prepare(): void {
        Total.totals.push(this.#seen)
      }
      execute(): void {
        this.#seen.push(this.#seen.length + 1)
      }
    }
    const counted: unknown[] = []
    await run((builder, words) => {
      const counts = builder.setBolt('count', bolt({ word: 'string', n: 'number' }, Count), { parallelism: 4 }).fieldsGrouping(words, 'word')
      builder.setBolt('total', { ...bolt({}, Total), store: memoryStore }, { parallelism: 2 }).globalGrouping(counts)
      builder.setBolt('note', bolt({}, (tuple: { word: string; n: number }) => void counted.push([tuple.word, tuple.n]))).shuffleGrouping(counts)
    }, ['nathan', 'bob', 'joey', 'nathan'])
    expect(counted).toHaveLength(4)
    expect(counted).toEqual(expect.arrayContaining([['nathan', 1], ['nathan', 2], ['bob', 1], ['joey', 1]]))
    expect(Total.totals.toSorted((a, b) => b.length - a.length)).toEqual([[1, 2, 3, 4], []])
  })

  test('gives one tuple to each of 6 tasks on 3 executors by all grouping', async () => {
    const seen: Seen[] = []
    await run((builder, words) => void builder.setBolt('all', noting(seen), { parallelism: 3, tasks: 6 }).allGrouping(words), ['a'])
    expect(seen.map(({ index }) => index).toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5])
  })

  test('shuffles evenly: each of two tasks gets half', async () => {
    const seen: Seen[] = []
    await run((builder, words) => void builder.setBolt('even', noting(seen), { parallelism: 2 }).shuffleGrouping(words), many)
    expect(seen.filter(({ index }) => index === 0)).toHaveLength(500)
    expect(seen).toHaveLength(1000)
  })

  test('sends equal fields to one task only', async () => {
    const seen: Seen[] = []
    await run((builder, words) => void builder.setBolt('by-word', noting(seen), { parallelism: 4 }).fieldsGrouping(words, 'word'), [...many, ...many])
    const tasks = new Map<string, Set<number>>()
    for (const { word, task } of seen) tasks.set(word, (tasks.get(word) ?? new Set()).add(task))
    expect(seen).toHaveLength(2000)
    expect([...tasks.values()].every(({ size }) => size === 1)).toBe(true)
  })

  test.each([2, 3])('delivers a tuple %i times when a custom grouping answers as many tasks', async (copies) => {
    const seen: Seen[] = []
    await run((builder, words) => void builder.setBolt('copies', noting(seen), { parallelism: 4 }).customGrouping(words, () => ({ chooseTasks: (_, targets) => targets.slice(-copies) })), ['a', 'b', 'c'])
    expect(seen.map(({ word }) => word).toSorted((a, b) => a.localeCompare(b))).toEqual(['a', 'b', 'c'].flatMap((word) => Array.from({ length: copies }, () => word)))
  })

  test('delivers direct emits to the task named, and to nobody else', async () => {
    const seen: Seen[] = []
    const sender = bolt({ word: 'string' }, (tuple: { word: string }, out, context: TaskContext) => {
      const tasks = context.tasksOf('receiver')
      out.emitDirect(tasks[Number(tuple.word)]!, tuple)
      out.emit({ word: 'not direct' })
    })
    await run((builder, words) => {
      const sent = builder.setBolt('sender', sender).shuffleGrouping(words)
      builder.setBolt('receiver', noting(seen), { parallelism: 4 }).directGrouping(sent)
    }, ['0', '3', '2', '1', '3'])
    expect(seen.map(({ index, word }) => [String(index), word]).toSorted(([a], [b]) => a!.localeCompare(b!))).toEqual(['0', '1', '2', '3', '3'].map((n) => [n, n]))
  })

  test('evaluates one emit once for each subscriber', async () => {
    const all: Seen[] = []
    const one: Seen[] = []
    await run((builder, words) => {
      builder.setBolt('all', noting(all), { parallelism: 3 }).allGrouping(words)
      builder.setBolt('one', noting(one), { parallelism: 3 }).partialKeyGrouping(words, 'word')
    }, ['a', 'b'])
    expect([all.length, one.length]).toEqual([6, 2])
  })
})
