import { describe, expect, it } from 'vitest'
import { packCommit } from '../../src/redis/commit-request.ts'
import { sealWrites } from '../../src/redis/sealed-writes.ts'
import { topologyKeys } from '../../src/redis/topology-keys.ts'
import { WriteSet } from '../../src/state/write-set.ts'

const keys = topologyKeys('words', 'replay')
const ranges = [{ partition: 'a/0', from: 1, to: 3 }]
const fates = [{ partition: 'a/0', counted: 1, skipped: 0, deadLettered: 1, gaps: 0 }]
const dead = [{ partition: 'a/0', offset: 2 }]

describe('a packed commit', () => {
  it('declares its own keys and packs the others', () => {
    const writes = new WriteSet()
    writes.setAdd('members', 'x')
    expect(packCommit({ owner: 'me', sequence: 7, ranges, fates, dead, parts: [sealWrites(writes).data] }, keys).keys).toEqual(['{words}:replay:offsets', '{words}:replay:meta', '{words}:replay:keys', '{words}:replay:fates', '{words}:replay:dead-letters', '{words}:replay:windows', '{words}:replay:key-log'])
  })

  it('holds names and numbers as they are', () => {
    const writes = new WriteSet()
    writes.hashAdd('counts', 'whale', -2)
    const { args } = packCommit({ owner: 'me', sequence: 7, ranges, fates, dead, parts: [sealWrites(writes).data] }, keys)
    const [head, part] = args as [Buffer, Buffer]
    expect(head.toString('latin1', 5)).toBe('\u00a2me\u00a4me:7\u00a0\u00a8{words}:\u00b6{words}:replay:result:\u0001\u00a3a/0\u00a11\u00a13\u0001\u00a3a/0\u00a11\u00a10\u00a11\u00a10\u00a11\u0001\u00a5a/0@2')
    expect(head.readUInt32BE(1)).toBe(18)
    expect(part.toString('latin1', 5)).toBe('\u0001\u00a6counts\u0001\u0000\u00a5whale\u00a2-2\u0000')
    expect(part.readUInt32BE(1)).toBe(7)
  })

  it('is refused with an owner that would break the stored form', () => {
    expect(() => packCommit({ owner: 'a|b', sequence: 1, ranges, fates, dead, parts: [] }, keys)).toThrow(expect.objectContaining({ code: 'MR_INTERNAL' }))
  })
})
