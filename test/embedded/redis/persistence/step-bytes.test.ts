import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeStep, encodeStep } from '../../../../src/embedded/redis/persistence/step-bytes.ts'

const text = fc.uint8Array({ maxLength: 300, size: 'max' }).map((bytes) => Buffer.from(bytes).toString('latin1'))
const command = fc.record({ database: fc.nat(20_000), args: fc.array(text, { maxLength: 5 }) })

describe('the bytes of a step', () => {
  it('hold its commands, any bytes in them', () => {
    fc.assert(fc.property(fc.array(command), (commands) => {
      expect(decodeStep(encodeStep(commands))).toEqual(commands)
    }))
  })

  it('hold arguments and lists of arguments of any length', () => {
    const commands = [{ database: 0, args: ['x'.repeat(3_000_000), ''] }, { database: 1, args: Array.from({ length: 70_000 }, String) }]
    expect(decodeStep(encodeStep(commands))).toEqual(commands)
  })

  it('are refused when they are cut off or make no sense, and never read beyond their end', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      try {
        decodeStep(Buffer.from(bytes))
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError)
      }
    }))
    expect(() => decodeStep(Buffer.from([0, 1, 5, 97]))).toThrow(RangeError)
    expect(() => decodeStep(Buffer.from([0, 255, 255, 255, 255, 255, 255]))).toThrow(RangeError)
  })
})
