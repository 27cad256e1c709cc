import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Collector } from '../../src/runtime/collector.ts'
import { Route, type Edge } from '../../src/runtime/route.ts'
import type { Scope } from '../../src/runtime/scope.ts'
import { WriteSet } from '../../src/state/write-set.ts'
import type { Tuple } from '../../src/tuple/fields.ts'

const directTask = 7

/** Streams `default` and `other`, the second with a direct subscriber as well; notes down who got what. */
function collecting(defaultSubscribers: number) {
  const got: string[] = []
  const note = (to: string, tuple: Tuple) => got.push(`${to}:${String(tuple['n'])}`)
  const edge = (to: string, direct?: Edge['direct']): Edge => ({
    direct,
    takesBatches: false,
    send: (tuple) => note(to, tuple),
    sendEach: (tuples, count) => tuples.slice(0, count).forEach((tuple) => note(to, tuple)),
    sendBatch: () => {},
  })
  const runner = { deliver: (tuple: Tuple) => note('direct', tuple) } as never
  const scope: Scope = { epoch: { epoch: 0, writes: new WriteSet(), records: 0, fates: undefined }, partition: 0, offset: 0 }
  const routes = new Map([
    ['default', new Route(Array.from({ length: defaultSubscribers }, (_, i) => edge(`default${i}`)), scope)],
    ['other', new Route([edge('other', new Map([[directTask, { task: directTask, runner, outbox: undefined }]]))], scope)],
  ])
  return { got, out: new Collector(routes, scope) }
}

describe('a collector', () => {
  it('hands on everything in the order of the emits, to whichever streams and tasks they go', () => {
    const way = fc.constantFrom('plain', 'default', 'other', 'direct')
    fc.assert(fc.property(fc.array(fc.array(way, { maxLength: 8 }), { maxLength: 5 }), fc.integer({ min: 1, max: 2 }), (calls, subscribers) => {
      const { got, out } = collecting(subscribers)
      for (const ways of calls) {
        got.length = 0
        const right: string[] = []
        out.begin()
        for (const [n, to] of ways.entries()) {
          if (to === 'direct') out.emitDirect(directTask, { n }, 'other')
          else if (to === 'plain') out.emit({ n })
          else out.emit({ n }, to)
          if (to === 'direct' || to === 'other') right.push(`${to}:${n}`)
          else for (let i = 0; i < subscribers; i++) right.push(`default${i}:${n}`)
        }
        expect(got).toEqual([])
        expect(out.deliver()).toBe(ways.length)
        expect(got).toEqual(right)
      }
    }))
  })

  it('forgets what a call emitted that failed', () => {
    const { got, out } = collecting(1)
    out.begin()
    out.emit({ n: 1 })
    out.emit({ n: 2 }, 'other')
    out.discard()
    out.begin()
    out.emit({ n: 3 })
    out.deliver()
    expect(got).toEqual(['default0:3'])
  })
})
