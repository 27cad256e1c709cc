import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Schedule } from './schedule.ts'
import type { Pace } from './schedule.ts'

export interface PacedLoadOptions extends Pace {
  readonly brokers: readonly string[]
  readonly topic: string
  readonly seconds: number
}

/** What the producer's process prints. */
export type ProducerLine =
  | { readonly kind: 'started'; readonly startAtMs: number }
  | { readonly kind: 'ended'; readonly records: number; readonly maxLateMs: number }

export interface PacedLoad {
  readonly schedule: Schedule
  /** Resolves when the leaders have all records; rejects when the producer fails. */
  readonly ended: Promise<{ readonly records: number; /** How far the producer was ever behind the schedule. */ readonly maxLateMs: number }>
  kill(): Promise<void>
}

const program = fileURLToPath(new URL('producer.ts', import.meta.url))

/** Starts the producer; resolves just before its first record is due. */
export async function startPacedLoad(options: PacedLoadOptions): Promise<PacedLoad> {
  const child = spawn(process.execPath, ['--conditions=source', '--no-warnings', program, JSON.stringify(options)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const started = Promise.withResolvers<Schedule>()
  const ended = Promise.withResolvers<Awaited<PacedLoad['ended']>>()
  // Whoever kills it early does not ask.
  ended.promise.catch(() => {})
  child.once('exit', (code, signal) => {
    const error = new Error(`the producer ended with ${signal ?? `code ${code}`}`)
    started.reject(error)
    ended.reject(error)
  })
  createInterface(child.stdout).on('line', (text) => {
    const line = JSON.parse(text) as ProducerLine
    if (line.kind === 'started') started.resolve(new Schedule(options, line.startAtMs))
    else ended.resolve(line)
  })
  return {
    schedule: await started.promise,
    ended: ended.promise,
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    },
  }
}
