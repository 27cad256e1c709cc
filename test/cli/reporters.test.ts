import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../src/base/manual-clock.ts'
import { jsonReporter } from '../../src/cli/json-reporter.ts'
import { liveReporter } from '../../src/cli/live-reporter.ts'
import { plainReporter } from '../../src/cli/plain-reporter.ts'
import { fakeTopology } from './fake-topology.ts'
import { snapshot } from './snapshots.ts'
import { TerminalModel } from './terminal-model.ts'

describe('the JSON reporter', () => {
  it('writes one object per line with its type and time', () => {
    const written: string[] = []
    const reporter = jsonReporter({ write: (text) => void written.push(text), columns: 80, rows: 24 }, new ManualClock(1000))
    reporter.started(fakeTopology())
    reporter.metrics(snapshot(5))
    reporter.caughtUp(snapshot(6))
    reporter.stopped(snapshot(7, { state: 'stopped' }))
    const events = written.map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(events.map(({ type }) => type)).toEqual(['started', 'metrics', 'caught-up', 'stopped'])
    expect(events[0]).toMatchObject({ timeMs: 1000, topology: 'word-count', components: [{ component: 'lines', kind: 'spout' }] })
    expect(events[1]).toEqual({ type: 'metrics', timeMs: 1000, ...snapshot(5) })
    for (const line of written) expect(line.indexOf('\n')).toBe(line.length - 1)
  })
})

describe('the plain reporter', () => {
  it('writes a line with the rates since the line before', () => {
    let written = ''
    const reporter = plainReporter({ write: (text) => void (written += text), columns: 80, rows: 24 })
    reporter.started(fakeTopology())
    reporter.metrics(snapshot(5))
    const { components, ...later } = snapshot(10)
    reporter.metrics({ ...later, components: components.map((component) => ({ ...component, received: component.received + 500 })) })
    reporter.stopped(snapshot(12, { state: 'stopped' }))
    const lines = written.trimEnd().split('\n')
    expect(lines[0]).toBe("word-count started; memory at most about 400 MB beside Node's own")
    expect(lines[1]).toMatch(/^word-count running 5 s: in 1200\/s/)
    expect(lines[2]).toMatch(/^word-count running 10 s: in 1300\/s/)
    expect(lines[3]).toMatch(/^word-count stopped 12 s: /)
  })
})

describe('the live reporter', () => {
  it('redraws the table in its place', () => {
    const terminal = new TerminalModel(80, 24)
    const reporter = liveReporter(terminal)
    reporter.started(fakeTopology())
    reporter.metrics(snapshot(1))
    reporter.metrics(snapshot(2))
    reporter.stopped(snapshot(3, { state: 'stopped' }))
    expect(terminal.lines()).toEqual([
      'word-count started; Ctrl-C drains and ends it',
      "memory at most about 400 MB beside Node's own",
      'word-count  stopped  3 s',
      expect.stringMatching(/^component /),
      expect.stringMatching(/^lines /),
      expect.stringMatching(/^split /),
      expect.stringMatching(/^count /),
      expect.stringMatching(/^commits /),
      'word-count stopped; all that was read is committed',
    ])
  })

  it('leaves the lines that others write above the table', () => {
    const terminal = new TerminalModel(80, 24)
    const reporter = liveReporter(terminal)
    reporter.metrics(snapshot(1))
    terminal.write('12:00:00.000 WARN  first\u001b[K\n')
    reporter.metrics(snapshot(2))
    terminal.write('12:00:01.000 WARN  second\u001b[K\n')
    reporter.failed()
    terminal.write('MR_INTERNAL: no\n')
    expect(terminal.lines().filter((line) => line.includes('WARN'))).toEqual(['12:00:00.000 WARN  first', '12:00:01.000 WARN  second'])
    expect(terminal.lines().at(-1)).toBe('MR_INTERNAL: no')
  })

  it('never writes a line or a frame that would scroll a small terminal', () => {
    const terminal = new TerminalModel(20, 4)
    const reporter = liveReporter(terminal)
    for (let at = 1; at < 5; at++) reporter.metrics(snapshot(at))
    expect(terminal.lines()).toEqual(['word-count  runnin…', 'compone…   in/s  o…', 'lines      1200   …'])
  })
})
