import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TextStore } from '../../src/state/text-store.ts'

const text = fc.oneof(fc.constantFrom('', 'é', '数据流', '🐋', 'x'.repeat(64), 'é'.repeat(3000)), fc.string({ unit: 'grapheme', maxLength: 80 }).map((one) => one.toWellFormed()))
const step = fc.oneof(
  fc.record({ kind: fc.constant('add' as const), text }),
  fc.record({ kind: fc.constant('bytes' as const), text }),
  fc.record({ kind: fc.constant('replace' as const), text, at: fc.nat() }),
)

describe('a store of texts', () => {
  it('holds what an array of strings would, before and after it is cleared', () => {
    const store = new TextStore()
    fc.assert(fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
      store.clear()
      const right: string[] = []
      for (const { kind, text, ...rest } of steps) {
        if (kind === 'add') expect(store.add(text)).toBe(right.push(text) - 1)
        else if (kind === 'bytes') {
          const bytes = Buffer.from(`<${text}>`)
          expect(store.addBytes(bytes, 1, bytes.length - 1)).toBe(right.push(text) - 1)
        } else if (right.length > 0) {
          const at = (rest as { at: number }).at % right.length
          store.replace(at, text)
          right[at] = text
        }
      }
      expect(right.map((_, at) => store.text(at))).toEqual(right)
      expect(store.size).toBe(right.length)
    }))
  })
})
