import { spawnSync } from 'node:child_process'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pinoLogger } from '../../src/base/pino-logger.ts'
import type { PinoLoggerOptions } from '../../src/base/pino-logger.ts'
import { MillraceError } from '../../src/errors.ts'

const canary = 'CANARY-4711'

function capture(options: PinoLoggerOptions = {}) {
  const written: string[] = []
  const log = pinoLogger({ pretty: false, ...options, destination: { write: (text) => void written.push(text) } })
  return { log, text: () => written.join(''), entries: () => written.map((line) => JSON.parse(line) as Record<string, unknown>) }
}

function cyclic(): object {
  const node: Record<string, unknown> = {}
  node['self'] = node
  return node
}

describe('log lines', () => {
  it('are one JSON object each, with time, level, msg and the fields of the logger and the call', () => {
    const { log, text, entries } = capture()
    log.child({ topology: 'word-count' }).child({ worker: 1 }).warn('slow commit', { ms: 12.5 })
    expect(entries()).toEqual([{ time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/), level: 'warn', topology: 'word-count', worker: 1, ms: 12.5, msg: 'slow commit' }])
    expect(text().endsWith('}\n')).toBe(true)
  })

  it('are not made below the level', () => {
    const { log, entries } = capture({ level: 'warn' })
    log.debug('a')
    log.info('b')
    log.warn('c')
    log.error('d')
    expect(entries().map(({ msg }) => msg)).toEqual(['c', 'd'])
  })

  it('are short for people when pretty', () => {
    const { log, text } = capture({ pretty: true })
    log.error('commit refused', { partition: 'sentences/0', detail: 'two words', attempt: 2, cause: new TypeError('no such key') })
    expect(text()).toMatch(/^\d\d:\d\d:\d\d\.\d{3} ERROR commit refused partition=sentences\/0 detail="two words" attempt=2 cause="TypeError: no such key"\n$/)
  })

  it('cannot be forged by what is logged', () => {
    const hostile = 'x\n{"level":"error","msg":"forged"}\r\u001b[2J\u0085\u009b1m\u2028\u202e'
    for (const pretty of [false, true]) {
      const { log, text } = capture({ pretty })
      log.info(hostile, { [hostile]: hostile, level: 'error', msg: 'forged', time: 0 })
      expect(text().split('\n')).toHaveLength(2)
      expect(text().slice(0, -1)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
      if (!pretty) expect(JSON.parse(text())).toMatchObject({ level: 'info', msg: hostile, level_: 'error', msg_: 'forged', time_: 0 })
    }
  })

  it('survive any fields and stay one line of JSON', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.dictionary(fc.string(), fc.anything({ withBigInt: true, withDate: true, withMap: true, withTypedArray: true, withNullPrototype: true })), (message, fields) => {
        const { log, entries } = capture()
        log.info(message, fields)
        expect(entries()).toHaveLength(1)
        expect(entries()[0]).toMatchObject({ level: 'info' })
      }),
      { numRuns: 50 },
    )
  })

  it('show cycles, bytes, functions and throwing getters by their kind', () => {
    const { log, entries } = capture()
    const trap = { get field(): string { throw new Error('no') } }
    log.info('odd', { node: cyclic(), bytes: Buffer.from(canary), call: () => canary, trap, big: 2n ** 64n, nothing: undefined })
    expect(entries()[0]).toMatchObject({ node: { self: '[deep]' }, bytes: '[11 bytes]', call: '[function]', trap: '[unreadable]', big: '18446744073709551616' })
    expect(entries()[0]).not.toHaveProperty('nothing')
  })
})

describe('secrets', () => {
  const places: Record<string, unknown> = {
    password: canary,
    userPassword: canary,
    PASSWD: canary,
    sasl: { mechanism: 'plain', username: canary },
    token: canary,
    'x-access-token': canary,
    clientSecret: [canary],
    authorization: `Bearer ${canary}`,
    apiKey: canary,
    url: `redis://user:${canary}@host:6379/0`,
    unencoded: `rediss://:${canary}@p/${canary}@host:6379`,
    sentence: `cannot reach redis://:${canary}@host:6379, trying https://${canary}@other/`,
    query: `https://host/path?token=${canary}&user=x`,
    pem: `-----BEGIN RSA PRIVATE KEY-----\n${canary}\n-----END RSA PRIVATE KEY-----`,
    address: new URL(`redis://:${canary}@host`),
    deep: { list: [{ ssl: { passphrase: canary } }] },
    error: Object.assign(new Error(`WRONGPASS redis://:${canary}@host`), { command: { name: 'auth', args: [canary] } }),
    cause: new MillraceError('MR_INTERNAL', 'no', { cause: new Error(`redis://:${canary}@host`), place: { at: `redis://:${canary}@host` } }),
    several: new AggregateError([new Error(`redis://:${canary}@host`)], 'all failed'),
  }

  it.each(Object.entries(places))('are not in the log as %s', (name, value) => {
    for (const pretty of [false, true]) {
      const { log, text } = capture({ pretty, level: 'debug' })
      log.info('a', { [name]: value })
      log.child({ [name]: value }).debug('b', { inner: { [name]: value } })
      if (typeof value === 'string' && value.includes('://')) log.error(value)
      expect(text()).not.toContain(canary)
      expect(text()).toContain('a')
    }
  })

  it('do not show where a long text is cut', () => {
    const { log, text } = capture()
    for (let length = 8170; length < 8192; length++) log.info(`${'x'.repeat(length - 1)} redis://:${canary}@host`)
    log.info(`redis://:${canary}${'x'.repeat(10_000)}@host`)
    expect(text()).not.toMatch(/CAN/)
  })

  it('leave the rest of a line readable', () => {
    const { log, entries } = capture()
    const stack = 'at run (file:///app/node_modules/@scope/package/index.js:1:1)'
    log.info(`connected to redis://:${canary}@host:6379/0 as reader`, { host: 'redis://host:6379', stack, tokens: 3 })
    expect(entries()[0]).toMatchObject({ msg: 'connected to redis://[redacted]@host:6379/0 as reader', host: 'redis://host:6379', stack, tokens: 3 })
  })
})

describe('without a destination', () => {
  it('lines are on standard error when the call returns, from worker threads too, though the process ends at once', () => {
    const module = new URL('../../src/base/pino-logger.ts', import.meta.url).href
    const script = `
      import { isMainThread, Worker } from 'node:worker_threads'
      import { pinoLogger } from ${JSON.stringify(module)}
      const log = pinoLogger()
      if (isMainThread) {
        log.info('main')
        new Worker(new URL(import.meta.url))
      } else {
        for (let i = 0; i < 100; i++) log.info('worker', { i })
        process.exit()
      }`
    const url = `data:text/javascript,${encodeURIComponent(script)}`
    const { stderr, stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', `await import(${JSON.stringify(url)})`], { encoding: 'utf8' })
    expect(stdout).toBe('')
    expect(stderr.trim().split('\n').map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(['main', ...Array<string>(100).fill('worker')])
  })
})
