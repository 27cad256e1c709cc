import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inject, onTestFinished } from 'vitest'
import type { MembershipSettings } from '../../src/kafka/membership-settings.ts'
import type { MillraceProcess } from './millrace-process.ts'
import { runMillrace, startMillrace } from './millrace-process.ts'
import type { Ended } from './millrace-process.ts'
import { totalCount, wrongCounts } from './counts.ts'
import { createTopic } from './topics.ts'

/** A topic, a topology name and a result key that no other test uses, and the servers to use them on. */
export interface Scenario {
  readonly topic: string
  readonly key: string
  readonly brokers: readonly string[]
  readonly redisUrl: string
  /** Starts `millrace run`; `more` are further options. */
  start(more?: readonly string[], how?: RunHow): MillraceProcess
  /** Runs it until it has caught up and answers how it ended. */
  catchUp(more?: readonly string[], how?: RunHow): Promise<Ended>
  /** Starts `millrace replay`; `more` is what follows the file. */
  startReplay(more: readonly string[], how?: RunHow): MillraceProcess
  /** Runs it to its end. */
  replay(more: readonly string[], how?: RunHow): Promise<Ended>
  /** Runs `millrace verify` to its end. */
  verify(more?: readonly string[], how?: RunHow): Promise<Ended>
  /** Empty when Redis holds exactly these counts. */
  wrongCounts(right: ReadonlyMap<string, number>): Promise<string[]>
  totalCount(): Promise<number>
}

export interface RunHow {
  /** File in `test/support/topologies`. Default that of the scenario. */
  readonly topology?: string
  readonly env?: Readonly<Record<string, string>>
  readonly timeoutMs?: number
}

let scenarios = 0

export interface ScenarioOptions {
  /** Default 4. */
  readonly partitions?: number
  /** Default 1. */
  readonly replicas?: number
  readonly brokers?: readonly string[]
  readonly redisUrl?: string
  /** Default true. */
  readonly createTopic?: boolean
  readonly membership?: MembershipSettings
  /** File in `test/support/topologies`. Default `word-count`. */
  readonly topology?: string
}

export async function scenario(options: ScenarioOptions = {}): Promise<Scenario> {
  const name = `t${process.pid}-${++scenarios}`
  const brokers = options.brokers ?? inject('kafkaBrokers')
  const redisUrl = options.redisUrl ?? inject('redisUrl')
  if (options.createTopic !== false) await createTopic(brokers, name, options.partitions ?? 4, {}, options.replicas ?? 1)
  const key = `${name}:words`
  const settings = options.membership === undefined ? [] : ['--kafka-settings', await settingsFile({ membership: options.membership })]
  const command = (more: readonly string[], how: RunHow): string[] => [
    'run', `test/support/topologies/${how.topology ?? options.topology ?? 'word-count'}.ts`,
    '--brokers', brokers.join(','), '--redis', redisUrl, '--workers', '2', '--log-level', 'warn', ...settings, ...more,
  ]
  const replayCommand = (more: readonly string[], how: RunHow): string[] => {
    const [, file, ...servers] = command([], how)
    return ['replay', file!, ...more, ...(/^[a-z]/.test(more[0]!) ? servers.filter((_, i) => !['--workers', '2'].includes(servers[i]!)) : servers)]
  }
  const env = (how: RunHow): Record<string, string> => ({ TEST_NAME: name, TEST_TOPIC: name, TEST_KEY: key, ...how.env })
  return {
    topic: name,
    key,
    brokers,
    redisUrl,
    start: (more = [], how = {}) => startMillrace(command(more, how), { env: env(how) }),
    catchUp: (more = [], how = {}) => runMillrace(command(['--until-caught-up', ...more], how), { env: env(how), ...(how.timeoutMs === undefined ? {} : { timeoutMs: how.timeoutMs }) }),
    startReplay: (more, how = {}) => startMillrace(replayCommand(more, how), { env: env(how) }),
    replay: (more, how = {}) => runMillrace(replayCommand(more, how), { env: env(how), timeoutMs: how.timeoutMs ?? 120_000 }),
    verify: (more = [], how = {}) => runMillrace(['verify', ...command([], how).slice(1), ...more], { env: env(how), timeoutMs: how.timeoutMs ?? 120_000 }),
    wrongCounts: (right) => wrongCounts(redisUrl, key, right),
    totalCount: () => totalCount(redisUrl, key),
  }
}

/** Removed when the test has ended. */
async function settingsFile(settings: object): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'millrace-settings-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  const file = join(dir, 'kafka.json')
  await writeFile(file, JSON.stringify(settings))
  return file
}
