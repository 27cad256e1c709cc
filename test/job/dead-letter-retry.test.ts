import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { countWords } from '../support/data/sentences.ts'
import { load } from '../support/load.ts'
import { killLeftovers, runMillrace, startMillrace } from '../support/millrace-process.ts'
import { scenario, type Scenario } from '../support/scenario.ts'
import { storedFates } from '../support/stored-fates.ts'
import { produce } from '../support/topics.ts'

const file = 'test/support/topologies/poison.ts'

describe('dead letters', () => {
  let dir = ''
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'millrace-mended-'))
  })
  afterAll(() => rmSync(dir, { recursive: true }))
  afterEach(killLeftovers)

  const env = ({ topic, key }: Scenario, mended?: string) => ({ TEST_NAME: topic, TEST_TOPIC: topic, TEST_KEY: key, TEST_ON_ERROR: 'dead-letter', ...(mended === undefined ? {} : { TEST_FLAG: mended }) })
  const args = ({ brokers, redisUrl }: Scenario, words: readonly string[]) => ['dead-letters', ...words, '--brokers', brokers.join(','), '--redis', redisUrl]
  const tool = (of: Scenario, words: readonly string[], mended?: string) => runMillrace(args(of, words), { env: env(of, mended), timeoutMs: 120_000 })
  const mend = (name: string, bolt = ''): string => {
    const flag = join(dir, name + bolt)
    writeFileSync(flag, bolt)
    return flag
  }

  it('are listed, shown without their payload, and with it on demand', async () => {
    const of = await scenario({ partitions: 1, topology: 'poison' })
    await produce(of.brokers, of.topic, [{ value: 'fine' }, { key: 'k', value: 'TORN canary', headers: [['h', 'v']] }, { value: 'b BAD' }])
    expect(await of.catchUp([], { env: env(of) })).toMatchObject({ code: 0 })

    const listed = await tool(of, ['list', of.topic])
    const rows = listed.stdout.split('\n').slice(1, 3).map((line) => line.split(/ {2,}/)).map(([place, component, attempts, , error]) => [place, component, attempts, error].join(' '))
    expect(rows.toSorted()).toEqual([`${of.topic}/0@1 split 2 SyntaxError`, `${of.topic}/0@2 check 2 RangeError`])
    expect((await tool(of, ['list', of.topic, '--component', 'check', '--json'])).stdout.trim().split('\n').map((line) => JSON.parse(line) as unknown)).toMatchObject([{ record: `${of.topic}/0@2`, state: 'open' }])

    const shown = await tool(of, ['show', file, `${of.topic}/0@1`])
    expect(shown.stdout).toMatch(/^header +h: v$/m)
    expect(shown.stdout).toMatch(/^error +SyntaxError: /m)
    expect(shown.stdout).not.toMatch(/^value/m)
    expect((await tool(of, ['show', of.topic, `${of.topic}/0@1`, '--payload'])).stdout).toMatch(/^value +TORN canary$/m)
    expect(await tool(of, ['show', of.topic, `${of.topic}/0@0`])).toMatchObject({ code: 2, stderr: expect.stringContaining('MR_OPTIONS_INVALID') as string })
  })

  it('that are retried are counted once, one, some and all, however often, while the topology runs', async () => {
    const of = await scenario({ topology: 'poison' })
    const input = Array.from({ length: 400 }, (_, i) => `w${i % 7}${i % 40 === 3 ? ' TORN' : ''}${i % 50 === 4 ? ' BAD' : ''}`)
    await load(of.brokers, of.topic, input)
    const live = of.start([], { env: env(of) })
    const dead = input.filter((line) => /TORN|BAD/.test(line))
    while ((await storedFates(of.redisUrl, of.topic)).deadLettered < dead.length) await delay(100)
    const good = input.filter((line) => !dead.includes(line))
    expect(await of.wrongCounts(countWords(good))).toEqual([])

    // Not mended: all fail again, and nothing changes.
    expect(await tool(of, ['retry', file, '--all'])).toMatchObject({ code: 1, stdout: expect.stringContaining(`retried ${dead.length}: 0 counted, ${dead.length} failed again`) as string })
    expect(await of.wrongCounts(countWords(good))).toEqual([])
    expect((await storedFates(of.redisUrl, of.topic)).deadLettered).toBe(dead.length)

    const mended = mend(of.topic)
    const some = dead.filter((line) => line.includes('TORN'))
    expect(await tool(of, ['retry', file, '--component', 'splt'])).toMatchObject({ code: 2, stderr: expect.stringContaining('no component splt') as string })
    expect((await tool(of, ['retry', file, '--component', 'split'], mended)).stdout).toContain(`retried ${some.length}: ${some.length} counted, 0 failed again`)
    expect(await of.wrongCounts(countWords([...good, ...some]))).toEqual([])
    for (let again = 0; again < 2; again++) {
      const left = again === 0 ? dead.length - some.length : 0
      expect((await tool(of, ['retry', file, '--all'], mended)).stdout).toContain(`retried ${left}: ${left} counted, 0 failed again`)
      expect(await of.wrongCounts(countWords(input))).toEqual([])
    }
    expect(await storedFates(of.redisUrl, of.topic)).toEqual({ counted: input.length, skipped: 0, deadLettered: 0, gaps: 0 })
    expect((await tool(of, ['list', of.topic])).stderr).toContain('no dead letters')
    expect((await tool(of, ['list', of.topic, '--all', '--json'])).stdout.match(/"state":"retried"/g)).toHaveLength(dead.length)
    live.kill('SIGTERM')
    expect(await live.ended).toMatchObject({ code: 0 })
  })

  it('are counted once when their retry is killed with -9 again and again', async () => {
    const of = await scenario({ topology: 'poison' })
    const input = Array.from({ length: 3000 }, (_, i) => `w${i % 11}${i % 12 === 3 ? ' TORN' : ''}`)
    await load(of.brokers, of.topic, input)
    expect(await of.catchUp(['--dead-letters', `${of.topic}-dl`], { env: env(of) })).toMatchObject({ code: 0 })
    const mended = mend(of.topic)
    const words = ['retry', file, '--all', '--dead-letters', `${of.topic}-dl`]
    for (let kill = 0; kill < 5; kill++) {
      const retrying = startMillrace(args(of, words), { env: env(of, mended) })
      await delay(900 + 250 * kill)
      retrying.kill('SIGKILL')
      await retrying.ended
    }
    expect(await tool(of, words, mended)).toMatchObject({ code: 0 })
    expect(await of.wrongCounts(countWords(input))).toEqual([])
    expect(await storedFates(of.redisUrl, of.topic)).toEqual({ counted: input.length, skipped: 0, deadLettered: 0, gaps: 0 })
  })

  it.each([
    {
      policy: 'skip', code: 0, said: 'retried 2: 1 counted, 1 skipped, 0 failed again',
      right: new Map([['a', 1], ['b', 2], ['TORN', 2]]), fates: { counted: 2, skipped: 1, deadLettered: 0, gaps: 0 }, left: [],
    },
    {
      policy: 'dead-letter', code: 1, said: 'retried 2: 1 counted, 1 failed again',
      right: new Map([['a', 1], ['b', 1], ['TORN', 1]]), fates: { counted: 2, skipped: 0, deadLettered: 1, gaps: 0 },
      left: [{ component: 'check', errorClass: 'RangeError', message: 'bad word', attempts: 4, state: 'open' }],
    },
    {
      policy: 'stop', code: 1, said: '',
      right: new Map([['a', 1]]), fates: { counted: 1, skipped: 0, deadLettered: 2, gaps: 0 },
      left: [{ component: 'split', errorClass: 'SyntaxError' }, { component: 'split', errorClass: 'SyntaxError' }],
    },
  ])('that fail in another bolt when they are retried have the fate of its policy: $policy', async ({ policy, code, said, right, fates, left }) => {
    const of = await scenario({ partitions: 1, topology: 'poison' })
    const later = { TEST_LATER_ON_ERROR: policy }
    const retried = (words: readonly string[]) => runMillrace(args(of, words), { env: { ...env(of, mend(of.topic, 'split')), ...later }, timeoutMs: 120_000 })
    await produce(of.brokers, of.topic, [{ value: 'a' }, { value: 'TORN b' }, { key: 'k', value: 'TORN b BAD', headers: [['h', 'v']] }])
    expect(await of.catchUp([], { env: { ...env(of), ...later } })).toMatchObject({ code: 0 })

    // Where one stops, another that was read with it may be counted or not.
    const ended = await retried(['retry', file, ...(policy === 'stop' ? ['--record', `${of.topic}/0@2`] : ['--all'])])
    expect(ended).toMatchObject({ code, stdout: expect.stringContaining(said) as string })
    if (policy === 'stop') expect(ended.stderr).toMatch(new RegExp(`MR_BOLT_FAILED: bad word\n.*${of.topic}/0@2\n`))
    expect(await of.wrongCounts(right)).toEqual([])
    expect(await storedFates(of.redisUrl, of.topic)).toEqual(fates)
    const listed = (await tool(of, ['list', of.topic, '--json'])).stdout.split('\n').filter((line) => line !== '')
    expect(listed.map((line) => JSON.parse(line) as unknown)).toMatchObject(left)
    if (policy !== 'dead-letter') return

    // Its bytes are those it had, and from here it can be retried as before.
    const shown = (await tool(of, ['show', of.topic, `${of.topic}/0@2`, '--payload'])).stdout
    for (const line of [/^error +RangeError: bad word$/m, /^header +h: v$/m, /^key +k$/m, /^value +TORN b BAD$/m]) expect(shown).toMatch(line)
    expect(await tool(of, ['retry', file, '--component', 'check'], mend(of.topic))).toMatchObject({ code: 0 })
    expect(await of.wrongCounts(new Map([['a', 1], ['b', 2], ['TORN', 2], ['BAD', 1]]))).toEqual([])
    expect(await storedFates(of.redisUrl, of.topic)).toEqual({ counted: 3, skipped: 0, deadLettered: 0, gaps: 0 })
  })

  it('look to the bolts as their records did', async () => {
    const of = await scenario({ partitions: 3, topology: 'poison' })
    const [first, second] = [{ value: 'FROM', key: Buffer.from([0xff, 0]) }, { value: 'FROM BAD', key: Buffer.from([0xfe]) }]
    const headers = [['a', '1'], ['b', null]] as const
    await produce(of.brokers, of.topic, [{ value: 'x', partition: 2 }, { ...first, headers, partition: 2, timestamp: 1_700_000_000_001 }, { ...second, headers, partition: 2, timestamp: 1_700_000_000_002 }])
    expect(await of.catchUp([], { env: env(of) })).toMatchObject({ code: 0 })
    expect((await tool(of, ['retry', file, '--record', `${of.topic}/2@2`], mend(of.topic))).stdout).toContain('1 counted')
    const seen = (offset: number, timestamp: number, key: string): string => JSON.stringify([of.topic, 2, offset, timestamp, key, { a: '1', b: null }])
    expect(await of.wrongCounts(new Map([['x', 1], ['BAD', 1], [seen(1, 1_700_000_000_001, 'ff00'), 1], [seen(2, 1_700_000_000_002, 'fe'), 1]]))).toEqual([])
  })
})
