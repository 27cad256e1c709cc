import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { CommitMetrics, MetricsSnapshot } from '../../src/metrics/snapshot.ts'
import { killLeftovers, startMillrace, type Ended, type MillraceProcess } from '../support/millrace-process.ts'
import type { WorkerEnd } from './worker-orders.ts'

const topologyFile = 'test/torture/topology.ts'
/** The many processes find the sources compiled. */
const commonEnv = { NODE_COMPILE_CACHE: fileURLToPath(new URL('../../node_modules/.cache/millrace-node', import.meta.url)), NODE_OPTIONS: '--max-old-space-size=200' }

export interface FleetOptions {
  readonly topology: string
  readonly brokers: readonly string[]
  readonly redisUrl: string
  /** JSON file of further settings for Kafka. */
  readonly kafkaSettings: string
  /** For files. */
  readonly dir: string
  /** A process has ended that nobody has ended. */
  unexpected(instance: string, ended: Ended): void
}

/** What was done and answered, over all processes that ever ran, as far as they could still tell. */
export interface Answers {
  readonly processes: number
  readonly epochs: number
  readonly duplicates: number
  readonly mismatches: number
  readonly fenced: number
  readonly workerRestarts: number
}

interface Member {
  readonly process: MillraceProcess
  readonly orders: string
  /** Its end is wanted. */
  expected: boolean
}

/** Processes of the topology by the names they have in the group. */
export class Fleet {
  readonly #options: FleetOptions
  readonly #members = new Map<string, Member>()
  readonly #all: MillraceProcess[] = []
  #orders = 0

  constructor(options: FleetOptions) {
    this.#options = options
    // Also when the torture is given up.
    process.once('exit', () => void killLeftovers())
  }

  get instances(): readonly string[] {
    return [...this.#members.keys()]
  }

  /** As the product knows them. */
  get brokers(): string {
    return this.#options.brokers.join(',')
  }

  /** Runs another command on the topology: `replay` and the words behind the file. */
  command([command, ...words]: readonly string[], env: Readonly<Record<string, string>>): MillraceProcess {
    const { topology, redisUrl, kafkaSettings } = this.#options
    const toKafka = words.includes('--brokers') ? ['--kafka-settings', kafkaSettings] : []
    return startMillrace([command!, topologyFile, ...words, '--redis', redisUrl, ...toKafka, '--json', '--log-level', 'info'], { env: { ...commonEnv, TORTURE_NAME: topology, ...env } })
  }

  /** Starts a process; a second one under the same name takes the place of the first here too. */
  start(instance: string, env: Readonly<Record<string, string>> = {}): MillraceProcess {
    const { topology, redisUrl, kafkaSettings, dir } = this.#options
    const orders = join(dir, `orders-${++this.#orders}`)
    const millrace = startMillrace([
      'run', topologyFile, '--brokers', this.brokers, '--redis', redisUrl, '--kafka-settings', kafkaSettings,
      '--workers', '2', '--instance', instance, '--json', '--log-level', 'info',
    ], { env: { ...commonEnv, TORTURE_NAME: topology, TORTURE_ORDERS: orders, ...env } })
    const member: Member = { process: millrace, orders, expected: false }
    this.#members.set(instance, member)
    this.#all.push(millrace)
    void millrace.ended.then((ended) => {
      if (!member.expected) this.#options.unexpected(instance, ended)
    })
    return millrace
  }

  process(instance: string): MillraceProcess {
    return this.#member(instance).process
  }

  /** Its end will come, and nobody shall wonder. */
  expectEnd(instance: string): MillraceProcess {
    const member = this.#member(instance)
    member.expected = true
    return member.process
  }

  /** Ends it and waits for its end. */
  async end(instance: string, signal: 'SIGKILL' | 'SIGTERM'): Promise<Ended> {
    const millrace = this.expectEnd(instance)
    this.#members.delete(instance)
    millrace.kill(signal)
    return millrace.ended
  }

  /** Lets user code in one of its workers do this. */
  order(instance: string, end: WorkerEnd): void {
    writeFileSync(this.#member(instance).orders, end)
  }

  answers(): Answers {
    const sum = { processes: this.#all.length, epochs: 0, duplicates: 0, mismatches: 0, fenced: 0, workerRestarts: 0 }
    for (const millrace of this.#all) {
      const last = lastMetrics(millrace.output().stdout)
      if (last === undefined) continue
      const commits: CommitMetrics = last.commits
      sum.epochs += commits.epochs
      sum.duplicates += commits.duplicates
      sum.mismatches += commits.mismatches
      sum.fenced += commits.fenced
      sum.workerRestarts += last.workers.reduce((restarts, worker) => restarts + worker.restarts, 0)
    }
    return sum
  }

  #member(instance: string): Member {
    const member = this.#members.get(instance)
    if (member === undefined) throw new Error(`there is no process ${instance}`)
    return member
  }
}

function lastMetrics(output: string): MetricsSnapshot | undefined {
  const lines = output.split('\n')
  for (let i = lines.length - 1; i >= 0; i--) {
    if (!lines[i]!.includes('"commits":')) continue
    try {
      return JSON.parse(lines[i]!) as MetricsSnapshot
    } catch {
      // Cut off by a kill; the line before is whole.
    }
  }
  return undefined
}
