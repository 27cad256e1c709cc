import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MillraceError } from '../../src/errors.ts'
import { errorFacts } from '../../src/tracking/error-facts.ts'
import { FateLedger, longestStack, mergedFates, type DeadRecord } from '../../src/tracking/record-fates.ts'

function dead(partition: string, offset: number, more: Partial<DeadRecord> = {}): DeadRecord {
  return { partition, offset, component: 'split', errorClass: 'TypeError', message: 'no', stack: '', attempts: 4, failedAtMs: 7, partial: false, ...more }
}

describe('the fates of the records of an epoch', () => {
  it('give each record one, the worse of what its tuples had in all workers, and add up to the offsets', () => {
    const failures = fc.array(fc.record({ worker: fc.nat(2), partition: fc.constantFrom('a/0', 'a/1'), offset: fc.nat(19), worse: fc.boolean() }), { maxLength: 60 })
    fc.assert(fc.property(failures, fc.nat(5), (failures, gaps) => {
      const ledgers = [new FateLedger(), new FateLedger(), new FateLedger()]
      for (const { worker, partition, offset, worse } of failures) {
        if (worse) ledgers[worker]!.die(dead(partition, offset))
        else ledgers[worker]!.skip(partition, offset)
      }
      const ranges = ['a/0', 'a/1'].map((partition) => ({ partition, from: 0, to: 20 + gaps, records: 20 }))
      const merged = mergedFates(ranges, ledgers.map((ledger) => ledger.fates()))
      for (const { partition, counted, skipped, deadLettered, gaps: passed } of merged.fates) {
        const of = (worse: boolean) => new Set(failures.filter((failure) => failure.partition === partition && failure.worse === worse).map(({ offset }) => offset))
        expect(deadLettered).toBe(of(true).size)
        expect(skipped).toBe(Array.from(of(false)).filter((offset) => !of(true).has(offset)).length)
        expect(counted + skipped + deadLettered + passed).toBe(20 + gaps)
        expect(passed).toBe(gaps)
      }
      expect(merged.dead).toHaveLength(merged.fates[0]!.deadLettered + merged.fates[1]!.deadLettered)
    }), { numRuns: 200 })
  })

  it('say what they take in memory, every record once', () => {
    const ledger = new FateLedger()
    for (let i = 0; i < 3; i++) for (const offset of [1, 2]) ledger.skip('a/0', offset)
    const skipped = ledger.bytes
    expect(skipped).toBeGreaterThan(2 * 20)
    for (let i = 0; i < 3; i++) ledger.die(dead('a/0', 3, { message: 'm'.repeat(1_000), stack: 's'.repeat(2_000) }))
    expect(ledger.bytes - skipped).toBeGreaterThan(3_000)
    expect(ledger.bytes - skipped).toBeLessThan(6_000)
  })

  it('keep the first failure of a record, and remember that another of its tuples may be counted', () => {
    const ledger = new FateLedger()
    ledger.die(dead('a/0', 3, { message: 'first' }))
    ledger.die(dead('a/0', 3, { message: 'second', partial: true }))
    expect(ledger.fates().dead).toEqual([dead('a/0', 3, { message: 'first', partial: true })])
  })
})

describe('what is kept of an error', () => {
  it('is the class and stack of what user code threw', () => {
    const thrown = new RangeError('too far')
    expect(errorFacts(thrown)).toEqual({ errorClass: 'RangeError', message: 'too far', stack: thrown.stack })
    expect(errorFacts('text')).toEqual({ errorClass: 'string', message: 'text', stack: '' })
  })

  it('is the code of an error of millrace, and the stack of its cause', () => {
    const cause = new SyntaxError('no JSON')
    expect(errorFacts(new MillraceError('MR_RECORD_INVALID', 'not JSON', { cause }))).toEqual({ errorClass: 'MR_RECORD_INVALID', message: 'not JSON', stack: cause.stack })
  })

  it('is bounded', () => {
    const { message, stack } = errorFacts(new Error('x'.repeat(100_000)))
    expect([message.length, stack.length]).toEqual([longestStack, longestStack])
  })
})
