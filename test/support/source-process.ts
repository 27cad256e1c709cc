import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { KafkaSourceOptions } from '../../src/kafka/source-options.ts'
import type { SourceEvent } from './source-main.ts'

export interface SourceProcessOptions {
  readonly topology: string
  readonly instance: string
  readonly kafka: Readonly<Record<string, unknown>> & { readonly brokers: readonly string[] }
  readonly spout: KafkaSourceOptions
}

/** A process with nothing but a Kafka source, which tells us what its listener hears. */
export interface SourceProcess {
  readonly events: readonly SourceEvent[]
  /** Resolves with the first event from now on (or since `after` events) that passes. */
  next(passes: (event: SourceEvent) => boolean, after?: number): Promise<SourceEvent>
  /** The partitions of the last assignment. */
  readonly partitions: readonly string[]
  kill(signal?: NodeJS.Signals): Promise<void>
  /** Closes the source and ends by itself. */
  close(): Promise<void>
}

const main = fileURLToPath(new URL('source-main.ts', import.meta.url))

export function startSource(options: SourceProcessOptions): SourceProcess {
  const child = spawn(process.execPath, ['--conditions=source', main, JSON.stringify(options)], { stdio: ['pipe', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const events: SourceEvent[] = []
  const waiting = new Set<() => void>()
  createInterface({ input: child.stdout }).on('line', (line) => {
    events.push(JSON.parse(line) as SourceEvent)
    for (const look of waiting) look()
  })
  return {
    events,
    get partitions() {
      return events.findLast(({ event }) => event === 'assigned')?.partitions ?? []
    },
    next(passes, after = events.length) {
      return new Promise((resolve) => {
        const look = (): void => {
          const found = events.slice(after).find(passes)
          if (found === undefined) return
          waiting.delete(look)
          resolve(found)
        }
        waiting.add(look)
        look()
      })
    },
    async kill(signal = 'SIGKILL') {
      child.kill(signal)
      if (signal === 'SIGKILL') await exited
    },
    async close() {
      if (child.exitCode === null && child.signalCode === null) child.stdin.end()
      await exited
    },
  }
}
