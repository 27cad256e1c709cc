import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { FrameError, FrameReader } from '../../../../src/embedded/kafka/server/frame-reader.ts'

function framed(body: Uint8Array): Buffer {
  const size = Buffer.alloc(4)
  size.writeInt32BE(body.length)
  return Buffer.concat([size, body])
}

function all(reader: FrameReader): Buffer[] {
  const frames: Buffer[] = []
  for (let frame = reader.next(); frame !== undefined; frame = reader.next()) frames.push(frame)
  return frames
}

const size = fc.oneof(fc.nat({ max: 9 }), fc.nat({ max: 1500 }), fc.nat({ max: 9000 }))

describe('frames', () => {
  test('come out whole and in order however the bytes are cut, and stay what they are', () => {
    fc.assert(fc.property(fc.array(size, { maxLength: 12 }), fc.array(size, { minLength: 1 }), fc.integer({ min: 1, max: 5 }), (sizes, cuts, patience) => {
      const bodies = sizes.map((length, i) => Buffer.alloc(length, i + 1))
      const stream = Buffer.concat(bodies.map(framed))
      const reader = new FrameReader(() => 10_000)
      const frames: Buffer[] = []
      for (let at = 0, turn = 0; at < stream.length; turn++) {
        const end = at + 1 + cuts[turn % cuts.length]!
        reader.push(Buffer.from(stream.subarray(at, end)))
        at = end
        // Reading rests meanwhile, as while a request is being answered.
        if (turn % patience === 0) frames.push(...all(reader))
      }
      frames.push(...all(reader))
      expect(frames).toEqual(bodies)
      expect(reader.bufferedBytes).toBe(0)
    }))
  })

  test('are views of the chunk they came in', () => {
    const chunk = Buffer.concat([framed(Buffer.from('one')), framed(Buffer.from('two'))])
    const reader = new FrameReader(() => 100)
    reader.push(chunk)
    const [one, two] = all(reader)
    expect([one!.buffer, two!.buffer]).toEqual([chunk.buffer, chunk.buffer])
    expect(`${one!.toString()} ${two!.toString()}`).toBe('one two')
  })

  test('above the limit of the moment are refused', () => {
    let max = 3
    const reader = new FrameReader(() => max)
    reader.push(framed(Buffer.from('abc')))
    expect(all(reader)).toHaveLength(1)
    max = 2
    reader.push(framed(Buffer.from('abc')))
    expect(() => reader.next()).toThrow(FrameError)
  })
})

test('a frame that comes byte by byte takes a small multiple of its bytes', () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const taken = (): number => {
    collect()
    const { heapUsed, external } = process.memoryUsage()
    return heapUsed + external
  }
  const reader = new FrameReader(() => 1 << 20)
  reader.push(framed(Buffer.alloc(1 << 20)).subarray(0, 4))
  const before = taken()
  for (let i = 0; i < 200_000; i++) {
    reader.push(Buffer.from(new ArrayBuffer(1)))
    if (reader.next() !== undefined) break
  }
  expect(taken() - before).toBeLessThan(4 * 200_000)
  expect(reader.bufferedBytes).toBe(200_000)
})
