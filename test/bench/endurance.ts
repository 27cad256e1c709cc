import { setTimeout as delay } from 'node:timers/promises'
import { sentences } from '../support/data/sentences.ts'
import { load } from '../support/load.ts'
import { createTopic } from '../support/topics.ts'
import { startContestant } from './contestant-process.ts'
import { millrace } from './contestants.ts'
import { cpuMs, rssBytes } from './process-usage.ts'
import type { Servers } from './servers.ts'
import { slope } from './statistics.ts'

const topic = 'sentences'
const partitions = 8
const settleMs = 5000

/** CPU the word count takes with nothing to do: CPU seconds per second, in percent of one core. */
export async function idleCpuPercent(servers: Servers, seconds: number): Promise<number> {
  await createTopic(servers.brokers, topic, partitions)
  await load(servers.brokers, topic, sentences(1000))
  return withTopology(servers, async (pid) => {
    await delay(settleMs)
    const before = cpuMs(pid)
    await delay(seconds * 1000)
    return (cpuMs(pid) - before) / 1000 / seconds * 100
  })
}

export interface Soak {
  readonly records: number
  readonly rssMb: readonly number[]
  /** Between two figures of `rssMb`. */
  readonly everySeconds: number
  /** Over the second half, when everything is warm. */
  readonly slopeMbPerMinute: number
}

/** Memory of the word count under a steady flow. */
export async function soak(servers: Servers, minutes: number, print: (line: string) => void): Promise<Soak> {
  const perSecond = 50_000
  const everySeconds = 10
  await createTopic(servers.brokers, topic, partitions, { 'retention.ms': '60000', 'segment.bytes': String(64 * 2 ** 20) })
  return withTopology(servers, async (pid) => {
    const points: { x: number; y: number }[] = []
    const startedAt = performance.now()
    let records = 0
    for (let second = 0; second < minutes * 60; second++) {
      records += await load(servers.brokers, topic, sentences(perSecond, second + 1))
      if (second % everySeconds === 0) {
        const point = { x: second / 60, y: rssBytes(pid) / 1e6 }
        points.push(point)
        print(`${String(second).padStart(6)} s  ${point.y.toFixed(0)} MB  ${records} records`)
      }
      await delay(Math.max(0, startedAt + (second + 1) * 1000 - performance.now()))
    }
    return { records, rssMb: points.map((point) => Math.round(point.y)), everySeconds, slopeMbPerMinute: slope(points.slice(points.length >> 1)) }
  })
}

async function withTopology<T>(servers: Servers, measure: (pid: number) => Promise<T>): Promise<T> {
  const { command, threads, style } = millrace('functions', 2)
  const running = startContestant(command, { job: 'word-count', topic, partitions, ...servers, threads, style, endless: true })
  try {
    await running.firstFetchAt
    return await measure(running.pid)
  } finally {
    await running.kill()
  }
}
