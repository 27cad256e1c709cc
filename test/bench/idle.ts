import { setTimeout as delay } from 'node:timers/promises'
import { sentences } from '../support/data/sentences.ts'
import { load } from '../support/load.ts'
import { createTopic } from '../support/topics.ts'
import { startContestant } from './contestant-process.ts'
import { millrace } from './contestants.ts'
import { cpuMs } from './process-usage.ts'
import type { Servers } from './servers.ts'

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
