import { describe, expect, test } from 'vitest'
import { MillraceError } from '../../src/errors.ts'
import { bolt } from '../../src/topology/bolt-definition.ts'
import type { BoltHandle } from '../../src/topology/bolt-declarer.ts'
import type { TopologyBuilder } from '../../src/topology/builder.ts'
import { defineTopology, isTopology } from '../../src/topology/define-topology.ts'
import { streams } from '../../src/topology/outputs.ts'
import { spout } from '../../src/topology/spout-definition.ts'
import type { SpoutHandle } from '../../src/topology/stream-handle.ts'
import type { ComponentOptions } from '../../src/topology/topology.ts'
import { lines, memoryStore, sink, split } from './sample-components.ts'

function refusal(define: (builder: TopologyBuilder) => void, name = 'test'): MillraceError {
  try {
    defineTopology(name, define)
  } catch (error) {
    if (error instanceof MillraceError) return error
    throw error
  }
  throw new Error('the topology was accepted')
}

type Words = BoltHandle<{ value: string }, { readonly default: { readonly word: 'string' } }>
type Lines = SpoutHandle<{ readonly default: { readonly value: 'string' } }>
type Spoil = (builder: TopologyBuilder, words: Words, source: Lines) => void

/** A topology that is right but for what `spoil` does to it. */
function spoiled(spoil: Spoil): MillraceError {
  return refusal((builder) => {
    const source = builder.setSpout('lines', lines)
    const words = builder.setBolt('split', split).shuffleGrouping(source)
    builder.setBolt('count', sink).fieldsGrouping(words, 'word')
    spoil(builder, words, source)
  })
}

/** Written without types: whatever a cast or plain JavaScript lets through. */
const untyped = (value: unknown) => value as never

describe('a topology that fits together', () => {
  const topology = defineTopology('word-count', (builder) => {
    const source = builder.setSpout('lines', lines, { parallelism: 1 })
    const words = builder.setBolt('split', split, { parallelism: 2, tasks: 4, onError: 'skip' }).localOrShuffleGrouping(source)
    builder.setBolt('count', sink).fieldsGrouping(words, 'word')
  })

  test('is its components in the order of their definition', () => {
    expect(topology).toMatchObject({
      name: 'word-count',
      components: [
        { kind: 'spout', id: 'lines', options: { parallelism: 1 }, definition: lines },
        { kind: 'bolt', id: 'split', options: { parallelism: 2, tasks: 4, onError: 'skip' }, inputs: [{ source: 'lines', stream: 'default', grouping: { kind: 'local-or-shuffle' } }] },
        { kind: 'bolt', id: 'count', options: {}, inputs: [{ source: 'split', stream: 'default', grouping: { kind: 'fields', fields: ['word'] } }] },
      ],
    })
    expect(isTopology(topology)).toBe(true)
    expect(isTopology({ ...topology })).toBe(false)
  })

  test('may be written in any order: bolts end up after what they subscribe to', () => {
    const { components } = defineTopology('inside-out', (builder) => {
      builder.setBolt('count', sink).fieldsGrouping(builder.setBolt('split', split).shuffleGrouping(builder.setSpout('lines', lines)), 'word')
      builder.setBolt('again', sink).shuffleGrouping(builder.setBolt('other', split).shuffleGrouping(builder.setSpout('more', lines)))
    })
    expect(components.map(({ id }) => id)).toEqual(['lines', 'split', 'count', 'more', 'other', 'again'])
  })

  test('cannot be changed afterwards', () => {
    for (const part of [topology, topology.components, ...topology.components, ...topology.components.map(({ options }) => options)]) expect(Object.isFrozen(part)).toBe(true)
  })

  test('knows every grouping by its method', () => {
    const groupings = defineTopology('groupings', (builder) => {
      const source = builder.setSpout('lines', lines)
      const words = builder.setBolt('split', split).shuffleGrouping(source)
      const set = (id: string) => builder.setBolt(id, sink)
      set('a').allGrouping(words)
      set('b').globalGrouping(words)
      set('c').directGrouping(words)
      set('d').noneGrouping(words)
      set('e').partialKeyGrouping(words, 'word')
      set('f').customGrouping(words, () => ({ chooseTasks: (_, targets) => targets }))
    })
    expect(groupings.components.flatMap((component) => (component.kind === 'bolt' ? component.inputs.map(({ grouping }) => grouping.kind) : []))).toEqual(['shuffle', 'all', 'global', 'direct', 'none', 'partial-key', 'custom'])
  })

  test('lets a bolt take several streams of several components', () => {
    const sorted = bolt(streams({ words: { word: 'string' }, more: { word: 'string', n: 'number' } }), (_tuple: { value: string }) => {})
    const { components } = defineTopology('several', (builder) => {
      const handle = builder.setBolt('sorted', sorted).allGrouping(builder.setSpout('lines', lines))
      const words = builder.setBolt('split', split).shuffleGrouping(builder.setSpout('other', lines))
      builder.setBolt('count', sink).fieldsGrouping(handle.stream('words'), 'word').fieldsGrouping(handle.stream('more'), 'n', 'word').shuffleGrouping(words)
    })
    expect(components.at(-1)).toMatchObject({ inputs: [{ source: 'sorted', stream: 'words' }, { source: 'sorted', stream: 'more' }, { source: 'split', stream: 'default' }] })
  })
})

describe('a single fault', () => {
  const options = (written: unknown) => (builder: TopologyBuilder, words: unknown) => void builder.setBolt('bad', sink, written as ComponentOptions).shuffleGrouping(untyped(words))
  const cases: readonly (readonly [what: string, spoil: Spoil, message: RegExp, remedy: RegExp])[] = [
    ['an id used twice', (builder, words) => builder.setBolt('split', sink).shuffleGrouping(untyped(words)), /id is used twice/, /own id/],
    ['a reserved id', (builder, words) => builder.setBolt('__split', sink).shuffleGrouping(untyped(words)), /begin with __/, /another/],
    ['an empty id', (builder, words) => builder.setBolt('', sink).shuffleGrouping(untyped(words)), /id is empty/, /letters/],
    ...['/', '.', ':', '\\', ' ', '\n', '{'].map((character) => [
      `an id with ${JSON.stringify(character)}`,
      (builder: TopologyBuilder, words: unknown) => void builder.setBolt(`a${character}b`, sink).shuffleGrouping(untyped(words)),
      /id holds/,
      /letters/,
    ] as const),
    ['no id at all', (builder, words) => builder.setBolt(untyped(undefined), sink).shuffleGrouping(untyped(words)), /id is undefined/, /letters/],
    ['a component of another topology', (builder) => builder.setBolt('bad', sink).shuffleGrouping(untyped({ id: { component: 'elsewhere', stream: 'default' } })), /elsewhere, which is not in this topology/, /lines, split, count, bad/],
    ['a stream that is not declared', (builder, words) => builder.setBolt('bad', sink).shuffleGrouping(words.stream(untyped('wrods'))), /stream wrods, which split does not declare/, /default/],
    ['a stream named like a property', (builder, words) => builder.setBolt('bad', sink).shuffleGrouping(words.stream(untyped('constructor'))), /stream constructor/, /default/],
    ['a stream of a sink', (builder, words) => builder.setBolt('bad', sink).shuffleGrouping(untyped(builder.setBolt('other', sink).shuffleGrouping(untyped(words)))), /stream default, which other does not declare/, /none/],
    ['a grouping by an unknown field', (builder, words) => builder.setBolt('bad', sink).fieldsGrouping(untyped(words), untyped('wrod')), /fieldsGrouping by wrod/, /word/],
    ['a partial key of an unknown field', (builder, words) => builder.setBolt('bad', sink).partialKeyGrouping(untyped(words), untyped('toString')), /partialKeyGrouping by toString/, /word/],
    ['a grouping by no field', (builder, words) => builder.setBolt('bad', sink).fieldsGrouping(...untyped([words]) as [never, never]), /fieldsGrouping names no field/, /word/],
    ['a grouping by one field twice', (builder, words) => builder.setBolt('bad', sink).fieldsGrouping(untyped(words), ...untyped(['word', 'word']) as [never, never]), /names a field twice/, /once/],
    ['a name instead of a handle', (builder) => builder.setBolt('bad', sink).shuffleGrouping(untyped('split')), /given a string, which is no stream/, /setSpout or setBolt/],
    ['nothing instead of a handle', (builder) => builder.setBolt('bad', sink).localOrShuffleGrouping(untyped(undefined)), /localOrShuffleGrouping was given undefined/, /setSpout or setBolt/],
    ['a bolt without input', (builder) => builder.setBolt('bad', sink), /subscribes to nothing/, /shuffleGrouping/],
    ['one stream subscribed twice', (builder, words) => builder.setBolt('bad', sink).shuffleGrouping(untyped(words)).allGrouping(untyped(words)), /subscribes twice to stream default of split/, /second bolt/],
    ['a bolt that subscribes to itself', (builder) => {
      const bad = builder.setBolt('bad', bolt({ word: 'string' }, (_tuple: { word: string }) => {}))
      bad.shuffleGrouping(bad)
    }, /a cycle: bad → bad/, /one bolt/],
    ['bolts that subscribe to each other', (builder, words) => {
      const echo = bolt({ word: 'string' }, (_tuple: { word: string }) => {})
      const bad = builder.setBolt('bad', echo).shuffleGrouping(untyped(words))
      bad.allGrouping(builder.setBolt('worse', echo).shuffleGrouping(bad))
    }, /a cycle: bad → worse → bad/, /one bolt/],
    ['parallelism 0', options({ parallelism: 0 }), /parallelism: must be at least 1/, /parallelism, tasks/],
    ['parallelism that is not whole', options({ parallelism: 1.5 }), /parallelism: must be a whole number/, /parallelism, tasks/],
    ['parallelism as text', options({ parallelism: '2' }), /parallelism: .*"2"/, /parallelism, tasks/],
    ['no tasks', options({ tasks: 0 }), /tasks: must be at least 1/, /parallelism, tasks/],
    ['fewer tasks than executors', options({ parallelism: 4, tasks: 3 }), /tasks: 3 are fewer than parallelism 4/, /parallelism, tasks/],
    ['an unknown policy', options({ onError: 'ignore' }), /onError: .*ignore/, /onError/],
    ['retries below 0', options({ retries: -1 }), /retries: must not be negative/, /retries/],
    ['a backoff without end', options({ retryBackoffMs: Infinity }), /retryBackoffMs: must be finite/, /retryBackoffMs/],
    ['no concurrency', options({ maxConcurrency: 0 }), /maxConcurrency: must be at least 1/, /maxConcurrency/],
    ['a misspelt option', options({ paralelism: 2 }), /paralelism: there is no such option/, /parallelism/],
    ['options that are no object', options(3), /options must be an object/, /parallelism/],
    ['direct grouping on a spout', (builder, _, source) => builder.setBolt('bad', sink.reads === undefined ? sink : { ...sink, reads: [] }).directGrouping(untyped(source)), /only bolts can emit directly/, /bolt between/],
    ['a custom grouping without a function', (builder, words) => builder.setBolt('bad', sink).customGrouping(untyped(words), untyped({})), /customGrouping was given no function/, /every producing task/],
    ['a stream that lacks what the bolt reads', (builder, _, source) => builder.setBolt('bad', sink).shuffleGrouping(untyped(source)), /reads field word/, /value/],
    ['a field of an unknown type', (builder) => builder.setSpout('bad', spout({ n: untyped('int') }, () => [])), /field n of stream default is declared as "int"/, /number/],
    ['a field of no type', (builder) => builder.setSpout('bad', spout({ n: untyped(undefined) }, () => [])), /declared as undefined/, /number/],
    ['a stream without fields', (builder) => builder.setSpout('bad', spout(streams({ empty: {} }), class { seek(): void {} nextTuple(): void {} })), /stream empty declares no fields/, /declare them/],
    ['a stream with a bad name', (builder) => builder.setSpout('bad', spout(streams({ 'a.b': { n: 'number' } }), class { seek(): void {} nextTuple(): void {} })), /name of stream "a.b" holds "."/, /letters/],
    ['a reserved stream', (builder) => builder.setSpout('bad', spout(streams({ __tick: { n: 'number' } }), class { seek(): void {} nextTuple(): void {} })), /reserved/, /another/],
    ['a spout set as a bolt', (builder, words) => builder.setBolt('bad', untyped(lines)).shuffleGrouping(untyped(words)), /setBolt was given a spout/, /setSpout/],
    ['a bolt set as a spout', (builder) => builder.setSpout('bad', untyped(split)), /setSpout was given a bolt/, /setBolt/],
    ['a function set as a bolt', (builder, words) => builder.setBolt('bad', untyped(() => {})).shuffleGrouping(untyped(words)), /a function, not a bolt/, /what bolt or a sink/],
    ['nothing set as a spout', (builder) => builder.setSpout('bad', untyped(undefined)), /undefined, not a spout/, /kafkaSpout/],
    ['connector options with a function', (builder, words) => builder.setBolt('bad', { ...sink, store: { ...memoryStore, options: { on: () => {} } } }).shuffleGrouping(untyped(words)), /not plain data/, /functions/],
    ['two stores', (builder, words) => builder.setBolt('bad', { ...sink, store: { ...memoryStore, module: 'file:///other/store.ts' } }).shuffleGrouping(untyped(words)), /2 stores/, /topology of their own/],
  ]

  test.each(cases)('%s is refused with its remedy', (_, spoil, message, remedy) => {
    const error = spoiled(spoil)
    expect(error.code).toBe('MR_TOPOLOGY_INVALID')
    expect(error.message).toMatch(message)
    expect(error.message).not.toContain('faults')
    expect(error.remedy).toMatch(remedy)
    expect(error.place.topology).toBe('test')
  })

  test('names the component', () => {
    expect(spoiled((builder) => builder.setBolt('bad', sink)).place.component).toBe('bad')
  })

  test.each(['', 'a/b', 'a.b', 'a:b', 'a\\b', 'a b', 7])('the topology name %j is refused', (name) => {
    const error = refusal((builder) => builder.setBolt('count', sink).fieldsGrouping(builder.setBolt('split', split).shuffleGrouping(builder.setSpout('lines', lines)), 'word'), untyped(name))
    expect(error.message).toMatch(/the topology's name/)
  })

  test('an asynchronous definition is refused', () => {
    expect(refusal(untyped(async () => Promise.reject(new Error('later')))).message).toMatch(/asynchronous/)
  })
})

describe('several faults', () => {
  test('come in one error, each with its component and remedy', () => {
    const error = refusal((builder) => {
      builder.setBolt('alone', split, { parallelism: 0 })
      builder.setBolt('alone', split)
    }, 'a/b')
    expect(error.message.split('\n')).toEqual([
      '7 faults',
      '- the topology\'s name holds "/" (use letters, digits, - and _)',
      '- alone: parallelism: must be at least 1 (options are: parallelism, tasks, onError, retries, retryBackoffMs, maxConcurrency)',
      '- alone: the bolt subscribes to nothing (chain a grouping to setBolt: .shuffleGrouping(stream))',
      '- alone: the id is used twice (give every component its own id)',
      '- alone: the bolt subscribes to nothing (chain a grouping to setBolt: .shuffleGrouping(stream))',
      '- there is no spout (set one with setSpout)',
      '- there is no sink, so there is nowhere to keep results and positions (set a bolt that writes results, such as redisCounter)',
    ])
    expect(error.place).toEqual({ topology: 'a/b' })
  })
})
