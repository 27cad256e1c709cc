import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../src/base/manual-clock.ts'
import type { Reporter } from '../../src/cli/reporter.ts'
import { run } from '../../src/cli/run.ts'
import { MillraceError } from '../../src/errors.ts'
import type { RunningTopology } from '../../src/runtime/running-topology.ts'
import { fakeTopology } from './fake-topology.ts'

function start(submitted: RunningTopology | Promise<RunningTopology>) {
  const clock = new ManualClock()
  const signals = new EventEmitter()
  const events: string[] = []
  const exits: number[] = []
  const event = (name: string) => () => void events.push(name)
  const reporter: Reporter = { everyMs: 1000, started: event('started'), metrics: event('metrics'), caughtUp: event('caught-up'), stopped: event('stopped'), failed: event('failed') }
  const ended = run(new URL('file:///topology.ts'), { connections: {} }, { submit: async () => submitted, reporter, clock, signals, exit: (code) => void exits.push(code) })
  const settled = ended.then(() => 'ended', (error: unknown) => error)
  return { clock, signals, events, exits, settled }
}

/** Until all that can go on now has gone on. */
function settle(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve))
}

describe('a run', () => {
  it('reports in the rhythm of its reporter and ends when the topology has caught up', async () => {
    const topology = fakeTopology()
    const { clock, events, settled, signals } = start(topology)
    await settle()
    clock.advance(2500)
    topology.finish()
    expect(await settled).toBe('ended')
    expect(events).toEqual(['started', 'metrics', 'metrics', 'caught-up', 'stopped'])
    expect(clock.nextTimerMs()).toBeUndefined()
    expect(signals.eventNames()).toEqual([])
  })

  it.each(['SIGTERM', 'SIGINT'])('drains on %s, and ends without having caught up', async (signal) => {
    const topology = fakeTopology()
    const { signals, events, exits, settled } = start(topology)
    await settle()
    signals.emit(signal)
    expect(await settled).toBe('ended')
    expect(topology.calls).toEqual(['drain'])
    expect(events).toEqual(['started', 'stopped'])
    expect(exits).toEqual([])
  })

  it('goes on reporting while it drains', async () => {
    const { clock, signals, events } = start(fakeTopology(() => new Promise(() => {})))
    await settle()
    signals.emit('SIGTERM')
    clock.advance(1000)
    expect(events).toEqual(['started', 'metrics'])
  })

  it('ends at once on the second SIGINT, but takes two in one moment for one', async () => {
    const topology = fakeTopology(() => new Promise(() => {}))
    const { clock, signals, exits } = start(topology)
    await settle()
    signals.emit('SIGINT')
    clock.advance(10)
    signals.emit('SIGINT')
    expect(exits).toEqual([])
    clock.advance(500)
    signals.emit('SIGTERM')
    expect(exits).toEqual([])
    signals.emit('SIGINT')
    expect(exits).toEqual([130])
    expect(topology.calls).toEqual(['drain'])
  })

  it('takes a hangup for nothing', async () => {
    const topology = fakeTopology()
    const { signals } = start(topology)
    await settle()
    expect(signals.emit('SIGHUP')).toBe(true)
    expect(topology.calls).toEqual([])
  })

  it('ends when it is interrupted before the topology was submitted', async () => {
    const { signals, exits } = start(new Promise<RunningTopology>(() => {}))
    signals.emit('SIGTERM')
    expect(exits).toEqual([0])
  })

  it('fails with the cause when the topology fails', async () => {
    const topology = fakeTopology()
    const { clock, events, settled } = start(topology)
    await settle()
    const error = new MillraceError('MR_BOLT_FAILED', 'no')
    topology.fail(error)
    expect(await settled).toBe(error)
    expect(events).toEqual(['started', 'metrics', 'failed'])
    expect(clock.nextTimerMs()).toBeUndefined()
  })

  it('fails when the drain fails', async () => {
    const error = new MillraceError('MR_DRAIN_TIMEOUT', 'no')
    const { signals, events, settled } = start(fakeTopology(() => Promise.reject(error)))
    await settle()
    signals.emit('SIGTERM')
    expect(await settled).toBe(error)
    expect(events).toEqual(['started', 'metrics', 'failed'])
  })

  it('fails when it cannot be submitted', async () => {
    const error = new MillraceError('MR_TOPOLOGY_INVALID', 'no')
    const { events, settled } = start(Promise.reject(error))
    expect(await settled).toBe(error)
    expect(events).toEqual(['failed'])
  })
})
