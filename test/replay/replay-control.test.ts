import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../src/base/manual-clock.ts'
import { ReplayControl } from '../../src/replay/replay-control.ts'
import type { Generation, Generations, GenerationState, SwapAnswer } from '../../src/topology/generations.ts'

function state(more: Partial<GenerationState>): GenerationState {
  return { id: 'x', number: 1, code: 'c', fingerprint: 'f', createdMs: 0, status: 'live', starts: new Map(), positions: new Map(), limits: new Map(), paused: false, keys: 0, ...more }
}

/** Positions of one partition; commits of live wait while it is held. */
class FakeGenerations {
  readonly clock = new ManualClock()
  readonly calls: string[] = []
  live = 0
  replay = 0
  more: Partial<GenerationState> = {}
  held = false
  #heldUntil = 0

  readonly #generations: Partial<Generations> = {
    look: () => Promise.resolve(new Map<Generation, GenerationState>([
      ['live', state({ positions: new Map([['a/0', this.live]]) })],
      ['replay', state({ id: 'y', number: 2, status: 'building', positions: new Map([['a/0', this.replay]]), ...this.more })],
    ])),
    hold: (forMs) => {
      this.calls.push('hold')
      this.held = true
      this.#heldUntil = this.clock.monotonic() + forMs
      return Promise.resolve(new Map([['a/0', this.live]]))
    },
    release: () => {
      this.calls.push('release')
      this.held = false
      return Promise.resolve()
    },
    swap: (): Promise<SwapAnswer> => {
      if (this.replay < this.live) return Promise.resolve({ answer: 'BEHIND', partition: 'a/0', records: this.live - this.replay })
      this.calls.push('swap')
      return Promise.resolve({ answer: 'OK', number: 2 })
    },
  }

  control(): ReplayControl {
    return new ReplayControl('words', this.#generations as Generations, this.clock)
  }

  /** Time passes, live counts so many records a ms unless it is held, and the replay so many. */
  async run(promise: Promise<unknown>, livePerMs: number, replayPerMs: number): Promise<void> {
    let over = false
    promise.then(() => (over = true), () => (over = true))
    for (let ms = 0; ms < 60_000 && !over; ms++) {
      await new Promise(setImmediate)
      if (this.held && this.clock.monotonic() >= this.#heldUntil) this.held = false
      if (!this.held) this.live += livePerMs
      this.replay += replayPerMs
      this.clock.advance(1)
    }
  }
}

describe('a switch', () => {
  it('is made at once when the replay is as far', async () => {
    const fake = new FakeGenerations()
    expect(await fake.control().switchOver()).toBe(2)
    expect(fake.calls).toEqual(['swap'])
  })

  it('is refused when the replay is behind and nobody wants to wait', async () => {
    const fake = new FakeGenerations()
    fake.live = 7
    await expect(fake.control().switchOver()).rejects.toMatchObject({ code: 'MR_REPLAY_REFUSED', message: 'the replay is 7 records behind the live results in a/0', place: { topology: 'words', partition: 'a/0' } })
    expect(fake.calls).toEqual([])
  })

  it('lets live commits wait only when the replay is near, and then catches one that never would', async () => {
    const fake = new FakeGenerations()
    fake.live = 100_000
    const told: number[] = []
    const switching = fake.control().switchOver({ whenCaughtUp: true, waiting: (behind) => told.push(behind) })
    // Just as fast in the end: it stays a little behind for ever, but for the hold.
    await fake.run(switching, 5, 100)
    expect(await switching).toBe(2)
    expect(fake.calls[0]).toBe('hold')
    expect(told.length).toBeGreaterThan(0)
    expect(told[0]).toBeGreaterThan(50_000)
  })

  it('lets live go on between tries when the replay does not make it', async () => {
    const fake = new FakeGenerations()
    fake.live = 900
    const switching = fake.control().switchOver({ whenCaughtUp: true })
    void fake.run(switching, 0, 0)
    while (fake.calls.length < 4) await new Promise(setImmediate)
    expect(fake.calls.slice(0, 4)).toEqual(['hold', 'release', 'hold', 'release'])
    fake.replay = 900
    expect(await switching).toBe(2)
  })

  it('is refused to a replay that ends early, or is paused', async () => {
    const fake = new FakeGenerations()
    fake.live = 50_000
    fake.more = { limits: new Map([['a/0', 10]]) }
    await expect(fake.control().switchOver({ whenCaughtUp: true })).rejects.toMatchObject({ code: 'MR_REPLAY_REFUSED', remedy: expect.stringContaining('without --to') as string })
    fake.more = { paused: true }
    await expect(fake.control().switchOver({ whenCaughtUp: true })).rejects.toMatchObject({ code: 'MR_REPLAY_REFUSED', remedy: 'resume it first' })
    fake.more = { status: 'previous' }
    await expect(fake.control().switchOver()).rejects.toMatchObject({ message: expect.stringContaining('previous generation') as string })
    expect(fake.calls).toEqual([])
  })
})
