import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'

const entry = fileURLToPath(new URL('../../src/cli/millrace.ts', import.meta.url))
let child: ChildProcess | undefined

afterEach(() => void child?.kill('SIGKILL'))

type Event = Readonly<Record<string, unknown>> & { readonly type: string }

/** Runs a topology of this folder that needs no servers, and reads its events. */
function run(topology: string, ...args: readonly string[]) {
  const file = fileURLToPath(new URL(`topologies/${topology}.ts`, import.meta.url))
  const running = spawn(process.execPath, ['--conditions=source', entry, 'run', file, '--workers', '1', '--json', ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  child = running
  const lines: string[] = []
  let log = ''
  const started = Promise.withResolvers<void>()
  const stuck = Promise.withResolvers<void>()
  createInterface(running.stdout).on('line', (line) => {
    lines.push(line)
    if (line.includes('"type":"started"')) started.resolve()
  })
  running.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text
    if (log.includes('stuck on')) stuck.resolve()
  })
  const ended = once(running, 'close').then(([code]: unknown[]) => ({ code, events: lines.map((line) => JSON.parse(line) as Event), log }))
  return { started: Promise.race([started.promise, ended]), stuck: Promise.race([stuck.promise, ended]), ended, signal: (name: NodeJS.Signals) => running.kill(name) }
}

describe('millrace run', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('drains on %s and ends with 0, with objects only on standard output', async (name) => {
    const { started, ended, signal } = run('word-count')
    await started
    signal('SIGHUP')
    signal(name)
    const { code, events, log } = await ended
    expect(code).toBe(0)
    expect(events.map(({ type }) => type)).toEqual(['started', 'stopped'])
    expect(events[1]).toMatchObject({ topology: 'word-count', state: 'stopped', commits: { aborts: 0 } })
    for (const line of log.split('\n').filter((line) => line.startsWith('{'))) expect(JSON.parse(line)).toHaveProperty('level')
  })

  it('commits all that it has read before it ends', async () => {
    const { started, ended, signal } = run('word-count')
    await started
    signal('SIGTERM')
    const { events } = await ended
    const { components, commits } = events[1] as unknown as { components: { component: string; received: number }[]; commits: { records: number } }
    expect(commits.records).toBe(components.find(({ component }) => component === 'lines')!.received)
  })

  it('ends with 1 and an error object when a bolt fails', async () => {
    const { code, events } = await run('failing').ended
    expect(code).toBe(1)
    expect(events.at(-1)).toMatchObject({ type: 'error', code: 'MR_BOLT_FAILED', exitCode: 1, place: { topology: 'failing', component: 'split' } })
    expect(JSON.stringify(events.at(-1))).toContain('on purpose')
  })

  it('ends with 0 when it has caught up, all being committed', async () => {
    const { code, events } = await run('finite', '--until-caught-up').ended
    expect(code).toBe(0)
    expect(events.map(({ type }) => type)).toEqual(['started', 'caught-up', 'stopped'])
    expect(events[2]).toMatchObject({ commits: { records: 100 } })
  })

  it('ends with 4 when the store refuses to be used, without showing its password', async () => {
    const { code, events, log } = await run('refused').ended
    expect(code).toBe(4)
    expect(events).toMatchObject([{ type: 'error', code: 'MR_REDIS_EVICTION', exitCode: 4, remedy: 'set noeviction' }])
    expect(JSON.stringify(events) + log).not.toContain('CANARY')
  })

  it('ends at once with 130 when it is interrupted again while it drains', async () => {
    const { stuck, ended, signal } = run('stuck')
    await stuck
    let presses = 0
    const pressing = setInterval(() => {
      presses++
      signal('SIGINT')
    }, 100)
    const { code } = await ended
    clearInterval(pressing)
    expect(code).toBe(130)
    expect(presses).toBeGreaterThan(3)
  })
})
