import { randomUUID } from 'node:crypto'
import { pathToFileURL } from 'node:url'
import { systemClock } from '../base/clock.ts'
import { pinoLogger } from '../base/pino-logger.ts'
import { asMillraceError, MillraceError } from '../errors.ts'
import type { DeadLetter } from '../topology/source.ts'
import type { TopologyDescription } from '../topology/topology.ts'
import { Retry } from './retry.ts'
import type { RunningGeneration, RunningTopology } from './running-topology.ts'
import { endedWhileLoading, runTopology, type RunBeside } from './run-topology.ts'
import { compileOptions, type CompiledOptions, type SubmitOptions } from './submit-options.ts'
import { threadHost } from './thread/handle.ts'

/**
 * Starts a topology in this process: its workers, its place in the Kafka group, its commits to the
 * store. The file is imported by the workers only; this thread stays free of user code.
 *
 * Resolves when the first partitions could be asked for; from then on `done` tells the end. Rejects
 * with a MillraceError when the options, the file, or the servers do not allow a start.
 */
export function submit(topologyUrl: string | URL, options: SubmitOptions = {}): Promise<RunningTopology> {
  return submitGeneration(topologyUrl, options)
}

/** The same for results that are made beside the live ones. */
export function submitGeneration(topologyUrl: string | URL, options: SubmitOptions, beside?: RunBeside): Promise<RunningGeneration> {
  return start(topologyUrl, compileOptions(options), beside)
}

export interface RetryOutcome {
  /** Records that are counted now, `topic/partition@offset`. */
  readonly counted: readonly string[]
  /** Records that a component has skipped: some of their results may be counted. */
  readonly skipped: readonly string[]
  /** Records that were dead-lettered again, and why. */
  readonly failed: readonly DeadLetter[]
}

/**
 * Sends dead-lettered records through the bolts of a topology once more, beside one that runs. `letters` tells
 * of each record where its dead letter stands, `topic/partition@offset` of both. What fails again has the fate its
 * component's `onError` says; rejects where that is to stop.
 */
export async function retryDeadLetters(topologyUrl: string | URL, options: SubmitOptions, letters: ReadonlyMap<string, string>): Promise<RetryOutcome> {
  const retry = new Retry(Array.from(letters.keys()))
  const compiled = compileOptions({ ...options, connections: { ...options.connections, 'dead-letters': Object.fromEntries(letters) }, untilCaughtUp: true })
  const running = await start(topologyUrl, compiled, undefined, retry)
  await running.done.catch((error: unknown) => {
    throw retry.named(asMillraceError(error, 'MR_INTERNAL'))
  })
  const { counted, failed, skipped } = retry
  return { counted: Array.from(counted), skipped: Array.from(skipped), failed: Array.from(failed.values()).filter(({ partition }) => !counted.has(partition) && !skipped.has(partition)) }
}

/** What a topology file defines, without running it: a worker thread imports it and ends. */
export async function describeTopologyFile(topologyUrl: string | URL): Promise<TopologyDescription> {
  const host = threadHost({ topologyUrl: fileUrl(topologyUrl), connections: {}, log: { level: 'silent', pretty: false }, metricsEveryMs: 1000 })
  return new Promise((resolve, reject) => {
    const worker = host.start(0, {
      message(message) {
        if (message.kind === 'described') resolve(message.description)
        else if (message.kind === 'failed') reject(MillraceError.fromData(message.error))
        else return
        worker.send({ kind: 'stop' })
      },
      exited: (cause) => reject(endedWhileLoading(cause)),
    })
  })
}

async function start(topologyUrl: string | URL, compiled: CompiledOptions, beside?: RunBeside, retry?: Retry): Promise<RunningGeneration> {
  const log = pinoLogger(compiled.log)
  const host = threadHost({ topologyUrl: fileUrl(topologyUrl), connections: compiled.connections, log: compiled.log, metricsEveryMs: compiled.metricsEveryMs })
  return runTopology({ host, clock: systemClock, log, newOwner: randomUUID, connect: (module) => import(module) as Promise<unknown> }, compiled, beside, retry)
}

export function fileUrl(file: string | URL): string {
  if (file instanceof URL) return file.href
  return file.startsWith('file:') ? file : pathToFileURL(file).href
}
