import { describe, expect, it } from 'vitest'
import { checkInitialisation, ended, ending, fenced, firstTransaction, isOverdue, isUnused, needsNewProducerId, withGroup, withNewProducerId, withNextEpoch, withPartitions } from '../../../../src/embedded/kafka/transaction/transaction.ts'
import { decodeJournalEntry, encodeJournalEntry } from '../../../../src/embedded/kafka/transaction/journal-entry.ts'

const wish = { timeoutMs: 1000, given: undefined, nowMs: 5 }
const lastEpoch = 32_767
const first = firstTransaction('t', 7, wish)
const open = withGroup(withPartitions(first, new Map([['a', [0, 1]], ['b', [0]]]), 10), 'g', 11)
const usedUp = { ...first, producerEpoch: lastEpoch - 1 }

describe('the epochs of a transactional id', () => {
  it('are counted up until one is left for a fence, then a new producer id begins', () => {
    expect(needsNewProducerId({ ...first, producerEpoch: lastEpoch - 2 }, undefined)).toBe(false)
    expect(withNextEpoch({ ...first, producerEpoch: lastEpoch - 2 }, wish).producerEpoch).toBe(lastEpoch - 1)
    expect(needsNewProducerId(usedUp, undefined)).toBe(true)
    expect(withNewProducerId(usedUp, 8, wish)).toMatchObject({ producerId: 8, producerEpoch: 0, previousProducerId: 7 })
  })

  it('are fenced up to the last', () => {
    const last = fenced({ ...open, producerEpoch: lastEpoch - 1 }, 20)
    expect(last.producerEpoch).toBe(lastEpoch)
    expect(needsNewProducerId(last, undefined)).toBe(true)
  })

  it('give the same new producer id to a producer that repeats its request', () => {
    const given = { id: 7, epoch: lastEpoch - 1 }
    expect(needsNewProducerId(usedUp, given)).toBe(true)
    const rotated = withNewProducerId(usedUp, 8, { ...wish, given })
    expect(() => checkInitialisation(rotated, given)).not.toThrow()
    expect(needsNewProducerId(rotated, given)).toBe(false)
    expect(withNextEpoch(rotated, { ...wish, given })).toMatchObject({ producerId: 8, producerEpoch: 0 })
    expect(() => checkInitialisation(rotated, { id: 7, epoch: 3 })).toThrow('no longer holds')
  })
})

describe('a transaction', () => {
  it('begins with its first partition or group and keeps that time', () => {
    expect(open).toMatchObject({ state: 'Ongoing', startedAtMs: 10, updatedAtMs: 11 })
    expect(isOverdue(open, 1010)).toBe(false)
    expect(isOverdue(open, 1011)).toBe(true)
    expect(isOverdue(first, 99_999)).toBe(false)
  })

  it('keeps nothing of the one before', () => {
    const next = withPartitions(ended(ending(open, 'commit', 20)!, 21), new Map([['c', [0]]]), 30)
    expect([...next.partitions.keys()]).toEqual(['c'])
    expect(next.groups.size).toBe(0)
    expect(next.startedAtMs).toBe(30)
  })

  it('is forgotten only when none is open or being ended', () => {
    const decided = ending(open, 'abort', 20)!
    expect([first, open, decided, ended(decided, 21)].map((each) => isUnused(each, 100))).toEqual([true, false, false, true])
    expect(isUnused(first, 4)).toBe(false)
  })

  it.each([first, open, fenced(open, 20), ended(ending(open, 'commit', 20)!, 21), withNewProducerId(usedUp, 2 ** 50, wish)])('is found again in the journal as it was: $state', (transaction) => {
    expect(decodeJournalEntry(encodeJournalEntry({ kind: 'transaction', transaction }))).toEqual({ kind: 'transaction', transaction })
  })
})
