import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FramePool } from '../../src/kafka/frame-pool.ts'
import { FrameReader } from '../../src/kafka/frame-reader.ts'

describe('a reader of frames', () => {
  it('gives the frames that were sent, however the bytes come', () => {
    fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (bodies, sizes) => {
      const sent = bodies.map((body) => {
        const size = Buffer.alloc(4)
        size.writeInt32BE(body.length)
        return Buffer.concat([size, body])
      })
      const stream = Buffer.concat(sent)
      const reader = new FrameReader(new FramePool())
      const frames: Buffer[] = []
      for (let at = 0, i = 0; at < stream.length; i++) {
        const room = reader.room()
        expect(room.length).toBeGreaterThan(0)
        const read = stream.copy(room, 0, at, at + sizes[i % sizes.length]!)
        at += read
        const frame = reader.filled(read)
        if (frame !== undefined) frames.push(frame)
      }
      expect(frames).toEqual(sent)
    }))
  })

  it('refuses what is no frame of Kafka', () => {
    const reader = new FrameReader(new FramePool())
    reader.room().write('HTTP')
    expect(() => reader.filled(4)).toThrow(/speak Kafka/)
  })
})
