import { beforeEach, describe, expect, test } from 'vitest'
import { ManualClock } from '../../src/base/manual-clock.ts'
import { silentLogger } from '../../src/base/logger.ts'
import { OffsetMirror } from '../../src/kafka/offset-mirror.ts'
import type { Position } from '../../src/topology/source.ts'
import { settle } from './settle.ts'

let clock: ManualClock
let commits: { readonly positions: string; readonly answer: PromiseWithResolvers<void> }[]
let mirror: OffsetMirror

beforeEach(() => {
  clock = new ManualClock()
  commits = []
  const commit = (positions: readonly Position[]): Promise<void> => {
    const answer = Promise.withResolvers<void>()
    commits.push({ positions: positions.map(({ partition, offset }) => `${partition}@${offset}`).join(' '), answer })
    return answer.promise
  }
  mirror = new OffsetMirror(commit, clock, silentLogger)
  mirror.retain(['orders/0', 'orders/1'])
})

function note(...texts: string[]): void {
  mirror.note(texts.map((text) => ({ partition: text.split('@')[0]!, offset: Number(text.split('@')[1]) })))
}

describe('the mirror of offsets', () => {
  test('commits the newest position of each partition, a second after the first', () => {
    note('orders/0@10', 'orders/1@5')
    note('orders/0@20')
    clock.advance(999)
    expect(commits).toEqual([])
    clock.advance(1)
    expect(commits.map(({ positions }) => positions)).toEqual(['orders/0@20 orders/1@5'])
  })

  test('has one commit in flight; what comes meanwhile goes out a second after its answer', async () => {
    note('orders/0@10')
    clock.advance(1_000)
    note('orders/0@20')
    note('orders/0@30')
    clock.advance(60_000)
    expect(commits).toHaveLength(1)
    commits[0]!.answer.resolve()
    await settle()
    clock.advance(1_000)
    expect(commits.map(({ positions }) => positions)).toEqual(['orders/0@10', 'orders/0@30'])
  })

  test('sends a failed position again, unless there is a newer one', async () => {
    note('orders/0@10', 'orders/1@5')
    clock.advance(1_000)
    note('orders/0@20')
    commits[0]!.answer.reject(new Error('NOT_COORDINATOR_FOR_GROUP'))
    await settle()
    clock.advance(1_000)
    expect(commits[1]!.positions).toBe('orders/0@20 orders/1@5')
  })

  test('never commits a partition that others may own by now', async () => {
    note('orders/0@10', 'orders/1@5')
    mirror.retain(['orders/1'])
    note('orders/0@11')
    clock.advance(1_000)
    expect(commits[0]!.positions).toBe('orders/1@5')
    mirror.retain([])
    commits[0]!.answer.reject(new Error('ILLEGAL_GENERATION'))
    await settle()
    expect(clock.nextTimerMs()).toBeUndefined()
  })

  test('flushes behind the commit in flight', async () => {
    note('orders/0@10')
    clock.advance(1_000)
    note('orders/0@20')
    let flushed = false
    const flushing = mirror.flush().then(() => {
      flushed = true
    })
    commits[0]!.answer.resolve()
    await settle()
    expect(flushed).toBe(false)
    commits[1]!.answer.reject(new Error('lost'))
    await flushing
    expect(commits[1]!.positions).toBe('orders/0@20')
  })

  test('needs no timer while there is nothing new', () => {
    expect(clock.nextTimerMs()).toBeUndefined()
    note('orders/0@10')
    mirror.close()
    expect(clock.nextTimerMs()).toBeUndefined()
  })
})
