import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CorruptHyperLogLog, estimateOf, HyperLogLog } from '../../../../src/embedded/redis/keyspace/hyper-log-log.ts'
import { murmurHash } from '../../../../src/embedded/redis/keyspace/murmur-hash.ts'
import type { Halves } from '../../../../src/embedded/redis/keyspace/murmur-hash.ts'

const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array).toString('latin1'))

function counted(from: number, to: number): HyperLogLog {
  const counted = HyperLogLog.empty()
  for (let i = from; i < to; i++) if (counted.add(`element ${i}`)) counted.forgetEstimate()
  return counted
}

/** MurmurHash64A by its definition. */
function plainHash(text: string, seed: bigint): bigint {
  const data = Buffer.from(text, 'latin1')
  const factor = 0xc6a4a7935bd1e995n
  const cut = (value: bigint): bigint => BigInt.asUintN(64, value)
  const mix = (value: bigint): bigint => value ^ (value >> 47n)
  let hash = seed ^ cut(BigInt(data.length) * factor)
  let at = 0
  for (; at + 8 <= data.length; at += 8) hash = cut((hash ^ cut(mix(cut(data.readBigUInt64LE(at) * factor)) * factor)) * factor)
  const rest = data.subarray(at)
  if (rest.length > 0) hash = cut((hash ^ Buffer.concat([rest, Buffer.alloc(8 - rest.length)]).readBigUInt64LE()) * factor)
  return mix(cut(mix(hash) * factor))
}

describe('a HyperLogLog', () => {
  it.each([
    [10, '3ef2a94b', 10],
    [1000, '585298cf', 1003],
    [50_000, '9dab6054', 49_179],
  ])('of %i elements has the bytes and the estimate of Redis', (size, digest, estimate) => {
    const all = counted(0, size)
    expect({ digest: createHash('sha256').update(all.bytes).digest('hex').slice(0, 8), estimate: all.count() }).toEqual({ digest, estimate })
  })

  it('estimates within a few standard errors', () => {
    for (const size of [1, 10, 100, 1000, 10_000, 100_000]) {
      const error = Math.abs(counted(0, size).count() - size) / size
      expect(error).toBeLessThan(3 * 0.0081)
    }
  })

  it('says the same of its registers in either form', () => {
    fc.assert(fc.property(fc.array(bytes, { maxLength: 300, size: 'max' }), (elements) => {
      const sparse = HyperLogLog.empty()
      const dense = HyperLogLog.empty()
      dense.makeDense()
      for (const element of elements) expect(dense.add(element)).toBe(sparse.add(element))
      expect(dense.isDense).toBe(true)
      expect(sparse.toRegisters()).toEqual(dense.toRegisters())
      expect(sparse.count()).toBe(dense.count())
    }), { numRuns: 50 })
  })

  it('becomes dense when its sparse form would be larger than 3000 bytes', () => {
    const growing = HyperLogLog.empty()
    let largest = 0
    for (let i = 0; !growing.isDense; i++) {
      largest = Math.max(largest, growing.bytes.length)
      growing.add(String(i))
    }
    expect(largest).toBeLessThanOrEqual(3000)
    expect(largest).toBeGreaterThan(2990)
    expect(growing.bytes).toHaveLength(12_304)
  })

  it('counts the union of two by the higher of each register', () => {
    const union = counted(0, 3000).toRegisters()
    counted(2000, 6000).mergeInto(union)
    expect(estimateOf(union)).toBe(counted(0, 6000).count())
  })

  it('keeps its estimate until a register changes', () => {
    const all = counted(0, 10)
    expect(all.estimate).toBeUndefined()
    expect(all.count()).toBe(10)
    expect(all.estimate).toBe(10)
    all.forgetEstimate()
    expect(all.estimate).toBeUndefined()
  })

  it.each(['', 'HYLL', 'x'.repeat(20), 'HYLL\0\0\0\0\0\0\0\0\0\0\0\0', 'HYLL\x02\0\0\0\0\0\0\0\0\0\0\0'])('is not %o', (text) => {
    expect(HyperLogLog.of(Buffer.from(text, 'latin1'))).toBeUndefined()
  })

  it('refuses runs that do not cover all registers, and survives any bytes behind a good head', () => {
    expect(() => HyperLogLog.of(Buffer.from('HYLL\x01\0\0\0\0\0\0\0\0\0\0\0\x00', 'latin1'))!.count()).toThrow(CorruptHyperLogLog)
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), bytes, (runs, element) => {
      const damaged = HyperLogLog.of(Buffer.concat([Buffer.from('HYLL\x01\0\0\0\0\0\0\0\0\0\0\0', 'latin1'), runs]))!
      try {
        damaged.add(element)
        damaged.count()
      } catch (error) {
        expect(error).toBeInstanceOf(CorruptHyperLogLog)
      }
    }))
  })
})

describe('the hash of elements', () => {
  it('is MurmurHash64A', () => {
    fc.assert(fc.property(bytes, (text) => {
      const hash: Halves = { high: 0, low: 0 }
      murmurHash(text, 0xadc83b19, hash)
      expect((BigInt(hash.high) << 32n) | BigInt(hash.low)).toBe(plainHash(text, 0xadc83b19n))
    }), { numRuns: 1000 })
  })
})
