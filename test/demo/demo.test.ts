import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const program = fileURLToPath(new URL('main.ts', import.meta.url))

describe('npm start', { timeout: 120_000 }, () => {
  let dir: string

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'millrace-demo-'))
  })
  afterEach(() => rm(dir, { recursive: true, force: true }))

  let interrupt: (signal: NodeJS.Signals) => void

  /** Runs with nothing on PATH, to its end or until it has printed `killAt`. */
  async function start(args: readonly string[], killAt?: { readonly text: string; readonly signal: NodeJS.Signals }) {
    const child = spawn(process.execPath, ['--conditions=source', program, '--data-dir', join(dir, 'data'), ...args], { env: { PATH: '' }, stdio: ['ignore', 'pipe', 'pipe'] })
    interrupt = (signal) => void child.kill(signal)
    let output = ''
    let killed = false
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text
        if (killAt === undefined || killed || !output.includes(killAt.text)) return
        killed = true
        child.kill(killAt.signal)
      })
    }
    const [code, signal] = await once(child, 'close') as [number | null, NodeJS.Signals | null]
    return { code, signal, output }
  }

  it('feeds the book, counts its words with nothing but Node, compares every key, and goes on where it ended', async () => {
    const first = await start(['--times', '1'])
    expect(first).toMatchObject({ code: 0 })
    expect(first.output).toMatch(/verified \d{5} keys: 0 differ\n$/)
    expect(first.output).toContain('the Redis of millrace, in this process')
    const second = await start(['--times', '1'])
    expect(second).toMatchObject({ code: 0 })
    expect(second.output).toMatch(/verified \d{5} keys: 0 differ\n$/)
  })

  it('drains when it is interrupted, and compares what was fed until then', async () => {
    const { code, output } = await start(['--rate', '200'], { text: 'lines/s', signal: 'SIGINT' })
    expect(code).toBe(0)
    expect(output).toMatch(/verified \d+ keys: 0 differ\n$/)
  })

  it('is right again after it was killed with -9', async () => {
    expect(await start(['--rate', '500'], { text: 'lines/s', signal: 'SIGKILL' })).toMatchObject({ signal: 'SIGKILL' })
    const { code, output } = await start(['--times', '1'])
    expect(output).toMatch(/verified \d+ keys: 0 differ\n$/)
    expect(code).toBe(0)
  })

  it('begins anew when told so, but removes nothing that it has not made', async () => {
    await start(['--times', '1'])
    const { output } = await start(['--rate', '20', '--fresh'], { text: 'lines/s', signal: 'SIGINT' })
    expect(output).toMatch(/verified \d{1,4} keys: 0 differ\n$/)
    const foreign = join(dir, 'foreign')
    await mkdir(join(foreign, 'kafka'), { recursive: true })
    await writeFile(join(foreign, 'kafka', 'mine'), '')
    for (const args of [[], ['--fresh']]) {
      const refused = await start([...args, '--data-dir', foreign])
      expect(refused.output).toContain('MR_OPTIONS_INVALID')
      expect(refused.code).toBe(2)
    }
    expect(existsSync(join(foreign, 'kafka', 'mine'))).toBe(true)
  })

  it('leaves the directory of another run alone', async () => {
    const first = start(['--rate', '20'])
    const interruptFirst = interrupt
    await expect.poll(() => existsSync(join(dir, 'data', 'redis')), { timeout: 20_000 }).toBe(true)
    expect((await start(['--rate', '20', '--fresh'])).output).toContain('MR_DIRECTORY_IN_USE')
    interruptFirst('SIGINT')
    expect(await first).toMatchObject({ code: 0 })
  })
})
