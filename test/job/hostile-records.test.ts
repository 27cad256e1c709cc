import { afterEach, describe, expect, inject, it } from 'vitest'
import { fuzzRound } from '../fuzz/fuzz-round.ts'
import { killLeftovers } from '../support/millrace-process.ts'

describe('of hostile records', () => {
  afterEach(killLeftovers)

  it('every one ends counted, skipped or as a dead letter as an independent reader says, in functions and in library bolts', async () => {
    const seed = Date.now() % 1_000_000
    const outcomes = await fuzzRound({ brokers: inject('kafkaBrokers'), redisUrl: inject('redisUrl') }, 10_000, seed)
    expect(outcomes.flatMap(({ job, faults }) => faults.map((fault) => `${job}, seed ${seed}: ${fault}`))).toEqual([])
    expect(outcomes.every(({ records }) => records > 10_000)).toBe(true)
    expect(outcomes.every(({ givenUp }) => givenUp > 500)).toBe(true)
  })
})
