import { describe, expect, it } from 'vitest'
import { packCommit } from '../../src/redis/commit-request.ts'
import { sealWrites } from '../../src/redis/sealed-writes.ts'
import { topologyKeys } from '../../src/redis/topology-keys.ts'
import { WriteSet } from '../../src/state/write-set.ts'

const keys = topologyKeys('words')
const ranges = [{ partition: 'a/0', from: 1, to: 3 }]

describe('a packed commit', () => {
  it('declares every key it touches, own keys first and incremented hashes next', () => {
    const writes = new WriteSet()
    writes.setAdd('members', 'x')
    writes.hashSetOnce('seen', 'x', 'v', 'order')
    writes.hashAdd('counts', 'x', 1)
    writes.hashSet('counts', 'y', 'v')
    writes.expireAt('elsewhere', 5)
    expect(packCommit({ owner: 'me', sequence: 7, ranges, parts: [sealWrites(writes).data] }, keys).keys).toEqual(['{words}:offsets', '{words}:meta', 'counts', 'members', 'seen', 'order', 'elsewhere'])
  })

  it('holds names and numbers as they are', () => {
    const writes = new WriteSet()
    writes.hashAdd('counts', 'whale', -2)
    const { args } = packCommit({ owner: 'me', sequence: 7, ranges, parts: [sealWrites(writes).data] }, keys)
    const [head, part] = args as [Buffer, Buffer]
    expect(head.toString('latin1', 5)).toBe('\u00a2me\u00a4me:7\u0001\u00a3a/0\u00a11\u00a13\u0001')
    expect(head.readUInt32BE(1)).toBe(7)
    expect(part.toString('latin1', 5)).toBe('\u0001\u0001\u00a5whale\u00a2-2\u0000')
    expect(part.readUInt32BE(1)).toBe(5)
  })

  it.each(['{words}:offsets', '{words}:meta'])('is refused when it would write to %s', (key) => {
    const writes = new WriteSet()
    writes.hashAdd(key, 'x', 1)
    expect(() => packCommit({ owner: 'me', sequence: 1, ranges, parts: [sealWrites(writes).data] }, keys)).toThrow(expect.objectContaining({ code: 'MR_REDIS_KEYS_TAKEN' }))
    const expiring = new WriteSet()
    expiring.expireAt(key, 1)
    expect(() => packCommit({ owner: 'me', sequence: 1, ranges, parts: [sealWrites(expiring).data] }, keys)).toThrow(expect.objectContaining({ code: 'MR_REDIS_KEYS_TAKEN' }))
  })

  it('is refused with an owner that would break the stored form', () => {
    expect(() => packCommit({ owner: 'a|b', sequence: 1, ranges, parts: [] }, keys)).toThrow(expect.objectContaining({ code: 'MR_INTERNAL' }))
  })
})
