import { describe, expect, test } from 'vitest'
import { bolt } from '../../src/topology/bolt-definition.ts'
import { defineTopology } from '../../src/topology/define-topology.ts'
import { describeMermaid } from '../../src/topology/describe-mermaid.ts'
import { describeText } from '../../src/topology/describe-text.ts'
import { describeTopology } from '../../src/topology/describe.ts'
import { canonicalJson } from '../../src/topology/fingerprint.ts'
import { streams } from '../../src/topology/outputs.ts'
import { spout } from '../../src/topology/spout-definition.ts'
import type { ComponentOptions, Topology } from '../../src/topology/topology.ts'
import { json } from '../../src/tuple/fields.ts'
import { sink, memoryStore } from './sample-components.ts'

interface Variant {
  readonly name?: string
  readonly options?: ComponentOptions
  readonly sinkId?: string
  readonly field?: 'word' | 'n'
  readonly topic?: string
  readonly module?: string
  readonly type?: 'number' | 'bigint'
}

function topology({ name = 'word-count', options = {}, sinkId = 'count', field = 'word', topic = 'sentences', module = 'file:///a/redis/store.ts', type = 'number' }: Variant = {}): Topology {
  const lines = { ...spout({ value: 'string', view: json<{ page: string }>() }, () => []), source: { module: 'file:///a/kafka/source.ts', options: { topics: [topic] } } }
  const split = bolt(streams({ default: { word: 'string', n: type }, errors: { text: 'string' } }), (_tuple: { value: string }) => {})
  return defineTopology(name, (builder) => {
    const source = builder.setSpout('lines', lines, options)
    const words = builder.setBolt('split', split, { ...options, tasks: 4 }).shuffleGrouping(source)
    builder.setBolt(sinkId, { ...sink, mergeable: true, store: { ...memoryStore, module, options: { keys: ['words'] } } }).fieldsGrouping(words, field)
    builder.setBolt('end', bolt({}, (_tuple: { text: string }) => {})).customGrouping(words.stream('errors'), () => ({ chooseTasks: (_, targets) => targets }))
  })
}

const fingerprint = (variant?: Variant) => describeTopology(topology(variant)).fingerprint

describe('the description', () => {
  test('is the whole topology as plain data', () => {
    const description = describeTopology(topology({ options: { parallelism: 2 } }))
    expect(structuredClone(description)).toEqual(description)
    expect(JSON.parse(JSON.stringify(description))).toEqual(description)
    expect(description).toEqual({
      name: 'word-count',
      fingerprint: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
      code: description.fingerprint,
      components: [
        { kind: 'spout', id: 'lines', options: { parallelism: 2 }, streams: { default: { value: 'string', view: 'json' } }, inputs: [], mergeable: false, source: { module: 'file:///a/kafka/source.ts', options: { topics: ['sentences'] } } },
        { kind: 'bolt', id: 'split', options: { parallelism: 2, tasks: 4 }, streams: { default: { word: 'string', n: 'number' }, errors: { text: 'string' } }, inputs: [{ source: 'lines', stream: 'default', grouping: { kind: 'shuffle' } }], mergeable: false },
        { kind: 'bolt', id: 'count', options: {}, streams: {}, inputs: [{ source: 'split', stream: 'default', grouping: { kind: 'fields', fields: ['word'] } }], mergeable: true, store: { module: 'file:///a/redis/store.ts', options: { keys: ['words'] } } },
        { kind: 'bolt', id: 'end', options: {}, streams: {}, inputs: [{ source: 'split', stream: 'errors', grouping: { kind: 'custom' } }], mergeable: false },
      ],
    })
  })
})

describe('the fingerprint', () => {
  test('is pinned: it is stored beside the offsets', () => {
    expect(fingerprint()).toBe('c357e0e9ff25db8f03ad6d421d6ffb1a')
  })

  test('does not depend on parallelism, options, or where millrace is installed', () => {
    expect(fingerprint({ options: { parallelism: 3, retries: 1 } })).toBe(fingerprint())
    expect(fingerprint({ module: 'file:///elsewhere/dist/redis/store.js' })).toBe(fingerprint())
  })

  test.each([{ name: 'other' }, { sinkId: 'sink' }, { field: 'n' }, { topic: 'other' }, { module: 'file:///a/memory/store.ts' }, { type: 'bigint' }] as const)('depends on the structure: %j', (variant) => {
    expect(fingerprint(variant)).not.toBe(fingerprint())
  })

  test('takes data as equal whatever the order of its keys', () => {
    expect(canonicalJson({ b: [1, { d: 1n, c: undefined }], a: new Map([['k', new Set([1])]]) })).toBe('{"a":[["k",[1]]],"b":[1,{"d":"1n"}]}')
    expect(canonicalJson({ a: 1, b: 2 })).toBe(canonicalJson({ b: 2, a: 1 }))
    expect(canonicalJson([1, 2])).not.toBe(canonicalJson([2, 1]))
  })
})

test('as text it is an aligned table', () => {
  const description = describeTopology(topology({ options: { parallelism: 2 } }))
  expect(describeText(description)).toBe([
    `topology word-count, fingerprint ${description.fingerprint}`,
    'component  kind   parallelism     reads                   store  emits',
    'lines      spout  2               kafka                          value string, view json',
    'split      bolt   2 (4 tasks)     shuffle of lines               word string, n number',
    '                                                                 errors: text string',
    'count      bolt   one per worker  fields(word) of split   redis',
    'end        bolt   one per worker  custom of split.errors',
    '',
  ].join('\n'))
})

test('as a Mermaid flowchart it is drawn', () => {
  expect(describeMermaid(describeTopology(topology({ sinkId: 'a"<b>' })))).toBe([
    'flowchart LR',
    '  c0(["lines"])',
    '  c1["split"]',
    '  c2[("a&quot;&lt;b>")]',
    '  c3["end"]',
    '  c0 -->|"shuffle"| c1',
    '  c1 -->|"fields(word)"| c2',
    '  c1 -->|"errors: custom"| c3',
    '',
  ].join('\n'))
})
