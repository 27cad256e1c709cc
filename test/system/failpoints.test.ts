import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest'
import { failpoints, type Failpoint } from '../../src/base/failpoint.ts'
import { topologyKeys } from '../../src/redis/topology-keys.ts'
import { load } from '../support/load.ts'
import { killLeftovers, startMillrace } from '../support/millrace-process.ts'
import type { Ended, MillraceProcess } from '../support/millrace-process.ts'
import { runTool } from '../support/run-tool.ts'
import { createTopic } from '../support/topics.ts'
import { waitUntil } from '../support/wait-until.ts'
import { differences, Oracle } from '../torture/oracle.ts'
import { counted, readResults } from '../torture/read-results.ts'
import { recordOf } from '../torture/record.ts'

const partitions = 4
const portion = 100
const seed = 1
const mostLives = 12
const membership = { sessionTimeoutMs: 1000, heartbeatMs: 100, rebalanceTimeoutMs: 10_000 }

/** Points whose reply can be lost on its way. */
const replies = new Set<Failpoint>([
  'load.answer', 'deploy.answer', 'generation.answer', 'acquire.answer', 'commit.answer', 'ranges.answer', 'fetch.answer', 'produce.answer',
  'group.joined', 'group.synced', 'group.alive', 'group.committed', 'group.mirrored', 'group.left',
])
/** Passed once in the life of a topology. */
const onlyAtFirst = new Set<Failpoint>(['deploy.send', 'deploy.answer'])
/** Passed when something else goes wrong, which is brought about with it. */
const brings: Partial<Record<Failpoint, string>> = {
  'worker.restart': 'batch.received=exit@2',
  'attempt.abort': 'batch.received=exit@2',
}
/** Passed when another process comes or goes, or when this one stands still for too long. */
const ofRebalances = new Set<Failpoint>(['revoke.begin', 'revoke.end'])
const ofReplays = new Set<Failpoint>(['generation.send', 'generation.answer', 'drop.slice'])
const ofProducers = new Set<Failpoint>(['produce.send', 'produce.answer'])

let dir = ''
let redis: Redis
const brokers = inject('kafkaBrokers')
const topologyFile = 'test/torture/topology.ts'
let withKafka: readonly string[] = []
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'millrace-failpoints-'))
  writeFileSync(join(dir, 'kafka.json'), JSON.stringify({ membership }))
  withKafka = ['--brokers', brokers.join(','), '--workers', '2', '--kafka-settings', join(dir, 'kafka.json')]
  redis = new Redis(inject('redisUrl'))
})
afterEach(killLeftovers)
afterAll(() => {
  redis.disconnect()
  rmSync(dir, { recursive: true })
})

/** Sensible actions, those that end the process first, so that its successor is tried with the rest. */
function actionsAt(point: Failpoint): readonly string[] {
  return ['kill', 'throw', ...(replies.has(point) ? ['lose'] : []), 'delay:200', 'stop:300']
}

let topologies = 0

/** A topology of its own with faults that happen once each, however many processes it takes; `more` ones bring them about. */
class Trial {
  readonly name = `failpoints-${process.pid}-${++topologies}`
  readonly #oracle = new Oracle(seed, this.name)
  readonly #log = join(dir, this.name)
  readonly #faults: readonly string[]
  readonly #more: readonly string[]
  #records = 0

  constructor(faults: readonly string[], more: readonly string[] = []) {
    this.#faults = faults
    this.#more = more
    writeFileSync(this.#log, '')
  }

  get left(): readonly string[] {
    const happened = readFileSync(this.#log, 'utf8').split('\n')
    return this.#faults.filter((fault) => {
      const at = happened.indexOf(fault)
      if (at >= 0) happened.splice(at, 1)
      return at < 0
    })
  }

  async create(): Promise<void> {
    await createTopic(brokers, this.name, partitions)
  }

  async more(): Promise<void> {
    const from = this.#records
    this.#records += portion
    await load(brokers, this.name, Array.from({ length: portion * partitions }, (_, i) => JSON.stringify(recordOf(seed, i % partitions, from + Math.floor(i / partitions)))))
  }

  start(more: readonly string[]): MillraceProcess {
    return this.#command(['run', topologyFile, ...withKafka, ...more])
  }

  /** What stands beside the live results: null, `building`, `previous` or `dropped`. */
  beside(): Promise<string | null> {
    return redis.hget(topologyKeys(this.name, 'replay').meta, 'status')
  }

  /** Another replay from the first record, or the same again; ends when it is complete. */
  async replayed(): Promise<void> {
    await this.#command(['replay', topologyFile, '--from', 'earliest', '--to', 'now', '--execute', ...withKafka]).ended
    await this.check()
  }

  async steered(word: string): Promise<void> {
    await this.#command(['replay', topologyFile, word]).ended
    await this.check()
  }

  #command(args: readonly string[]): MillraceProcess {
    return startMillrace([...args, '--redis', inject('redisUrl'), '--log-level', 'warn'], {
      env: { TORTURE_NAME: this.name, TORTURE_PAUSE_MS: '10', MILLRACE_FAILPOINTS: [...this.#more, ...this.#faults].join(';'), MILLRACE_FAILPOINTS_LOG: this.#log },
    })
  }

  /** One process, to its end. */
  async life(): Promise<Ended> {
    await this.more()
    const millrace = this.start(['--until-caught-up'])
    const timer = setTimeout(() => millrace.kill('SIGKILL'), 40_000)
    const ended = await millrace.ended
    clearTimeout(timer)
    await this.check()
    return ended
  }

  async check(): Promise<void> {
    for (const { starts, vector, results } of await readResults(redis, this.name)) expect(differences(results, this.#oracle.at(starts, vector))).toEqual([])
  }

  async counted(): Promise<boolean> {
    const [live] = await readResults(redis, this.name)
    return counted(live!.vector) === partitions * this.#records
  }
}

/** Lives until all faults have happened and the last process has come to its end by itself. */
async function liveThrough(faults: readonly string[], more: readonly string[] = []): Promise<void> {
  const trial = new Trial(faults, more)
  await trial.create()
  const ends: string[] = []
  for (let life = 0; life < mostLives; life++) {
    const { code, signal, stderr } = await trial.life()
    ends.push(`${signal ?? code} ${stderr.slice(-600)}`)
    if (code === 0 && trial.left.length === 0) break
  }
  expect(trial.left, `not reached:\n${ends.join('\n')}`).toEqual([])
  expect(ends.at(-1)).toMatch(/^0 /)
  expect(await trial.counted()).toBe(true)
}

const points = Object.keys(failpoints) as Failpoint[]
const ordinary = points.filter((point) => !onlyAtFirst.has(point) && !ofRebalances.has(point) && !ofProducers.has(point) && !ofReplays.has(point) && point !== 'partitions.lost')

describe('counts stay exact whatever happens', () => {
  it.each(ordinary.map((point) => [point, failpoints[point]]))('at %s: %s', async (point) => {
    const more = brings[point]
    await liveThrough(actionsAt(point).map((action) => `${point}=${action}`), more === undefined ? [] : Array.from({ length: mostLives }, () => more))
  })

  it.each([...onlyAtFirst].flatMap((point) => actionsAt(point).map((action) => [point, action])))('at %s, once in the life of a topology: %s', async (point, action) => {
    await liveThrough([`${point}=${action}`])
  })

  it.each([...ofRebalances])('at %s, while another process comes and goes', async (point) => {
    const trial = new Trial(actionsAt(point).map((action) => `${point}=${action}`))
    await trial.create()
    await trial.more()
    let first = trial.start(['--instance', 'first'])
    for (let round = 0; round < mostLives && trial.left.length > 0; round++) {
      await trial.more()
      await waitUntil('all counts', async () => {
        first = await revived(first, () => trial.start(['--instance', 'first']))
        return trial.counted()
      })
      const second = trial.start(['--instance', 'second', '--until-caught-up'])
      await second.ended
      await trial.check()
    }
    expect(trial.left, first.output().stderr.slice(-2000)).toEqual([])
    await finish(trial, first)
  })

  it.each([...ofReplays])('at %s, while a replay is begun, switched to and dropped', async (point) => {
    const trial = new Trial(actionsAt(point).map((action) => `${point}=${action}`))
    await trial.create()
    expect(await trial.life()).toMatchObject({ code: 0 })
    for (let step = 0; step < 2 * mostLives && (trial.left.length > 0 || await trial.beside() !== null); step++) {
      const status = await trial.beside()
      if (status === null) await trial.replayed()
      else if (status === 'building') {
        await trial.replayed()
        await trial.steered('switch')
      } else await trial.steered('drop')
    }
    expect(trial.left).toEqual([])
    expect(await trial.beside()).toBeNull()
    expect(await trial.life()).toMatchObject({ code: 0 })
    expect(await trial.counted()).toBe(true)
  })

  it('at partitions.lost, after standing still for longer than the group waits', async () => {
    const actions = actionsAt('partitions.lost')
    const trial = new Trial(actions.map((action) => `partitions.lost=${action}`), actions.map(() => 'group.heartbeat=delay:1200'))
    await trial.create()
    await trial.more()
    let millrace = trial.start([])
    await waitUntil('all faults', async () => {
      millrace = await revived(millrace, () => trial.start([]))
      return trial.left.length === 0
    })
    await trial.more()
    await finish(trial, millrace)
  })

  it.each([...ofProducers].flatMap((point) => actionsAt(point).map((action) => [point, action] as const)))('at %s: %s; records arrive once, in order, as far as they arrive', async (point, action) => {
    const name = `produced-${process.pid}-${++topologies}`
    await createTopic(brokers, name, 1)
    const log = join(dir, name)
    const file = join(dir, `${name}.txt`)
    const lines = Array.from({ length: 3000 }, (_, i) => `line ${i}`)
    writeFileSync(file, `${lines.join('\n')}\n`)
    const millrace = startMillrace(['produce', name, '--brokers', brokers.join(','), '--batch-bytes', '500'], { input: file, env: { MILLRACE_FAILPOINTS: `${point}=${action}@3`, MILLRACE_FAILPOINTS_LOG: log } })
    const { code } = await millrace.ended
    expect(readFileSync(log, 'utf8')).toBe(`${point}=${action}@3\n`)

    const arrived = (await runTool(brokers, ['consume', name, '--from-beginning', '--until-caught-up'])).split('\n').filter((line) => line !== '')
    const came = new Set(arrived)
    expect(arrived).toEqual(lines.filter((line) => came.has(line)))
    const endsIt = action === 'kill' || action === 'throw'
    expect(code === 0).toBe(!endsIt)
    // Of a request that was given up, batches behind it may have arrived.
    if (action !== 'throw') expect(arrived).toEqual(lines.slice(0, endsIt ? arrived.length : lines.length))
  })
})

/** A process that has ended is followed by another. */
async function revived(millrace: MillraceProcess, start: () => MillraceProcess): Promise<MillraceProcess> {
  const ended = await Promise.race([millrace.ended, Promise.resolve(undefined)])
  return ended === undefined ? millrace : start()
}

async function finish(trial: Trial, millrace: MillraceProcess): Promise<void> {
  let last = millrace
  await waitUntil('all counts', async () => {
    last = await revived(last, () => trial.start([]))
    return trial.counted()
  })
  await trial.check()
  last.kill('SIGTERM')
  expect(await last.ended).toMatchObject({ code: 0 })
  await trial.check()
}
