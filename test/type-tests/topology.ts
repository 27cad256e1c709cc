/**
 * Compiled by `npm run types`, never run: every line under `@ts-expect-error` must be refused by the
 * compiler, everything else must be accepted.
 */
import { bolt, defineTopology, json, spout, streams } from 'millrace'
import { expectTypeOf } from 'vitest'
import type { BoltHandle, OutputCollector, SpoutOutputCollector, StreamHandle, TaskContext, TopologyBuilder, TupleOf } from 'millrace'

interface View { readonly page: string; readonly at: number }

const lines = spout({ value: 'string', line: 'number' }, function* (_context, from) {
  for (let line = from; line < 3; line++) yield { value: 'a b', line }
  yield undefined
})
const split = bolt({ word: 'string' }, (tuple: { value: string }, out) => {
  for (const word of tuple.value.split(' ')) out.emit({ word })
})
const count = bolt({}, (_tuple: { word: string }) => {})

/** What compiles. */
export const accepted = defineTopology('types', (builder) => {
  const source = builder.setSpout('lines', lines, { parallelism: 2 })
  const words = builder.setBolt('split', split, { parallelism: 2, tasks: 4, onError: 'skip' }).shuffleGrouping(source)
  builder.setBolt('a', count).fieldsGrouping(words, 'word').allGrouping(words).globalGrouping(words).noneGrouping(words)
  builder.setBolt('b', count).partialKeyGrouping(words, 'word').localOrShuffleGrouping(words).directGrouping(words).shuffleGrouping(words.stream('default'))
  builder.setBolt('c', count).customGrouping(words, () => ({ chooseTasks: (tuple, targets) => (tuple.word === '' ? [] : targets) }))
  builder.setBolt('d', split).fieldsGrouping(source, 'line', 'value')
  builder.setBolt('keeps handles', split).shuffleGrouping(source).allGrouping(source).stream('default')
})

// What a field declaration means.
const everyType = { text: 'string', number: 'number', flag: 'boolean', big: 'bigint', bytes: 'bytes', any: 'json', view: json<View>() } as const
expectTypeOf<TupleOf<typeof everyType>>().toEqualTypeOf<{ readonly text: string; readonly number: number; readonly flag: boolean; readonly big: bigint; readonly bytes: Uint8Array; readonly any: unknown; readonly view: View }>()

/** What does not: subscriptions. */
export function subscriptions(builder: TopologyBuilder): void {
  const source = builder.setSpout('lines', lines)
  const words = builder.setBolt('split', split).shuffleGrouping(source)
  // @ts-expect-error misspelt field
  builder.setBolt('a', count).fieldsGrouping(words, 'wrod')
  // @ts-expect-error a field of another stream
  builder.setBolt('b', count).partialKeyGrouping(words, 'value')
  // @ts-expect-error one of two is misspelt
  builder.setBolt('c', split).fieldsGrouping(source, 'value', 'lien')
  // @ts-expect-error no field
  builder.setBolt('d', count).fieldsGrouping(words)
  // @ts-expect-error no field
  builder.setBolt('e', count).partialKeyGrouping(words)
  // @ts-expect-error the stream has no `word`
  builder.setBolt('f', count).shuffleGrouping(source)
  // @ts-expect-error the stream has no `value`
  builder.setBolt('g', split).fieldsGrouping(words, 'word')
  // @ts-expect-error the stream has no `word`, whatever the grouping
  builder.setBolt('h', count).allGrouping(source)
  // @ts-expect-error the same
  builder.setBolt('i', count).globalGrouping(source)
  // @ts-expect-error the same
  builder.setBolt('j', count).directGrouping(source)
  // @ts-expect-error the same
  builder.setBolt('k', count).localOrShuffleGrouping(source)
  // @ts-expect-error the same
  builder.setBolt('l', count).noneGrouping(source)
  // @ts-expect-error the same
  builder.setBolt('m', count).customGrouping(source, () => ({ chooseTasks: (_, targets) => targets }))
  builder.setBolt('n', count).customGrouping(words, () => ({
    // @ts-expect-error misspelt field in a grouping of one's own
    chooseTasks: (tuple, targets) => (tuple.wrod === '' ? [] : targets),
  }))
  // @ts-expect-error no such stream
  builder.setBolt('o', count).shuffleGrouping(words.stream('words'))
  // @ts-expect-error no such stream
  builder.setBolt('p', split).shuffleGrouping(source.stream('lines'))
  // @ts-expect-error a name is no handle
  builder.setBolt('q', split).shuffleGrouping('lines')
  // @ts-expect-error a bolt that emits nothing is no stream
  builder.setBolt('r', count).shuffleGrouping(builder.setBolt('s', count))
  const bytes = builder.setSpout('bytes', spout({ value: 'bytes' }, () => []))
  // @ts-expect-error the field is there, but holds bytes
  builder.setBolt('t', split).shuffleGrouping(bytes)
}

/** Roles and options. */
export function components(builder: TopologyBuilder): void {
  // @ts-expect-error a bolt is no spout
  builder.setSpout('a', split)
  // @ts-expect-error a spout is no bolt
  builder.setBolt('b', lines)
  // @ts-expect-error a function has to go through bolt()
  builder.setBolt('c', (tuple: { value: string }) => tuple.value)
  // @ts-expect-error misspelt option
  builder.setBolt('d', split, { paralelism: 2 })
  // @ts-expect-error no such policy
  builder.setBolt('e', split, { onError: 'ignore' })
  // @ts-expect-error no such field type
  bolt({ word: 'text' }, () => {})
  // @ts-expect-error no such field type in a stream
  bolt(streams({ words: { word: 'text' } }), () => {})
  // @ts-expect-error the subscriptions are not the builder
  builder.setBolt('f', split).setBolt('g', split)
}

// What a bolt emits.
bolt({ word: 'string', count: 'number' }, (_tuple: { value: string }, out) => {
  out.emit({ word: 'a', count: 1 })
  out.emit({ word: 'a', count: 1 }, 'default')
  out.emitDirect(3, { word: 'a', count: 1 })
  // @ts-expect-error missing field
  out.emit({ word: 'a' })
  // @ts-expect-error misspelt field
  out.emit({ wrod: 'a', count: 1 })
  // @ts-expect-error a field too many
  out.emit({ word: 'a', count: 1, more: true })
  // @ts-expect-error wrong type
  out.emit({ word: 'a', count: '1' })
  // @ts-expect-error wrong type
  out.emitDirect(3, { word: 1, count: 1 })
  // @ts-expect-error no such stream
  out.emit({ word: 'a', count: 1 }, 'words')
  // @ts-expect-error results are written by sinks
  void out.writes
})
bolt({}, (_tuple: { value: string }, out) => {
  // @ts-expect-error it declares no output
  out.emit({ word: 'a' })
  // @ts-expect-error it declares no output
  out.emit({})
})
// @ts-expect-error without a declaration nothing is known of the tuple
bolt({}, (tuple) => tuple.value)

// Several streams.
const sorted = bolt(streams({ words: { word: 'string' }, errors: { text: 'string', line: 'number' } }), (tuple: { value: string }, out) => {
  out.emit({ word: tuple.value }, 'words')
  out.emit({ text: tuple.value, line: 1 }, 'errors')
  // @ts-expect-error the fields of another stream
  out.emit({ word: tuple.value }, 'errors')
  // @ts-expect-error there is no default stream
  out.emit({ word: tuple.value })
  // @ts-expect-error no such stream
  out.emit({ word: tuple.value }, 'wrods')
})
export function namedStreams(builder: TopologyBuilder): void {
  const handle = builder.setBolt('sorted', sorted).shuffleGrouping(builder.setSpout('lines', lines))
  builder.setBolt('a', count).fieldsGrouping(handle.stream('words'), 'word')
  // @ts-expect-error the fields of another stream
  builder.setBolt('b', count).fieldsGrouping(handle.stream('words'), 'line')
  // @ts-expect-error the stream has no `word`
  builder.setBolt('c', count).shuffleGrouping(handle.stream('errors'))
  // @ts-expect-error there is no default stream
  builder.setBolt('d', count).shuffleGrouping(handle)
  expectTypeOf(handle).toEqualTypeOf<BoltHandle<{ value: string }, { readonly words: { readonly word: 'string' }; readonly errors: { readonly text: 'string'; readonly line: 'number' } }>>()
}
bolt(streams({ default: { word: 'string' }, errors: { text: 'string' } }), (_tuple: { value: string }, out) => {
  out.emit({ word: 'a' })
  out.emit({ text: 'a' }, 'errors')
  // @ts-expect-error the stream has to be named
  out.emit({ text: 'a' })
})

// Classes.
class Split {
  #seen = 0
  async prepare(context: TaskContext): Promise<void> {
    await Promise.resolve(context.index)
  }
  execute(tuple: { value: string }, out: OutputCollector<{ word: 'string' }>): void {
    this.#seen++
    out.emit({ word: `${tuple.value}${this.#seen}` })
    // @ts-expect-error misspelt field
    out.emit({ wrod: tuple.value })
  }
}
const fromClass = bolt({ word: 'string' }, Split)
// @ts-expect-error the class emits what is not declared
bolt({ wrod: 'string' }, Split)
// @ts-expect-error an instance is shared by nobody: the class is wanted
bolt({ word: 'string' }, new Split())
// @ts-expect-error it needs arguments nobody gives
bolt({}, class { readonly #text: string; constructor(text: string) { this.#text = text } execute(_tuple: { value: string }): void { void this.#text } })
// @ts-expect-error it lacks execute
bolt({}, class { prepare(): void {} })
export function classes(builder: TopologyBuilder): StreamHandle<{ readonly word: string }> {
  const source = builder.setSpout('lines', lines)
  // @ts-expect-error the class reads `value`
  builder.setBolt('a', fromClass).shuffleGrouping(builder.setSpout('numbers', spout({ n: 'number' }, () => [])))
  return builder.setBolt('b', fromClass).shuffleGrouping(source)
}

// Spouts.
spout({ n: 'number' }, async function* (context, from) {
  for (let n = from; !context.signal.aborted; n++) yield await Promise.resolve({ n })
})
// @ts-expect-error misspelt field
spout({ n: 'number' }, function* () { yield { m: 1 } })
// @ts-expect-error wrong type
spout({ n: 'number' }, function* () { yield { n: '1' } })
// @ts-expect-error no sequence
spout({ n: 'number' }, () => ({ n: 1 }))
// @ts-expect-error an asynchronous sequence waits instead
spout({ n: 'number' }, async function* () { yield await Promise.resolve(undefined) })
// @ts-expect-error a sequence has one stream
spout(streams({ a: { n: 'number' } }), function* () { yield { n: 1 } })

class Numbers {
  #n = 0
  seek(offset: number): void {
    this.#n = offset
  }
  nextTuple(out: SpoutOutputCollector<{ n: 'number' }>): void {
    out.emit({ n: this.#n++ })
    // @ts-expect-error misspelt field
    out.emit({ m: this.#n })
  }
}
spout({ n: 'number' }, Numbers)
// @ts-expect-error it emits what is not declared
spout({ m: 'number' }, Numbers)
// @ts-expect-error exactly-once needs replay, so a spout needs seek
spout({ n: 'number' }, class { nextTuple(out: SpoutOutputCollector<{ n: 'number' }>): void { out.emit({ n: 1 }) } })
class Sorted {
  seek(): void {}
  nextTuple(out: SpoutOutputCollector<typeof sortedOutputs>): void {
    out.emit({ n: 1 }, 'even')
    // @ts-expect-error there is no default stream
    out.emit({ n: 1 })
  }
}
const sortedOutputs = streams({ even: { n: 'number' }, odd: { n: 'number' } })
spout(sortedOutputs, Sorted)
