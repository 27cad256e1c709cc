import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Assignment } from './assignment.ts'
import type { ContestantLine } from './contestant-lines.ts'
import type { Progress } from './steady-rate.ts'

/** A contestant at work. It runs until it is killed. */
export interface ContestantProcess {
  readonly pid: number
  /** Ms since 1970; rejects when the process ends before. */
  readonly firstFetchAt: Promise<number>
  /** What it has told so far. */
  readonly progress: readonly Progress[]
  throwIfEnded(): void
  /** Ends it with -9; resolves when it is gone. */
  kill(): Promise<void>
}

/** Starts the command with the assignment as its last argument. What it prints besides its lines goes to standard error. */
export function startContestant(command: readonly string[], assignment: Assignment): ContestantProcess {
  const [program, ...args] = command
  const child = spawn(program!, [...args, JSON.stringify(assignment)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const firstFetch = Promise.withResolvers<number>()
  // Whoever kills it early may never ask.
  firstFetch.promise.catch(() => {})
  const progress: Progress[] = []
  let end: string | undefined
  const ended = (how: string) => {
    end ??= `the contestant ended with ${how}`
    firstFetch.reject(new Error(end))
  }
  child.once('error', (error) => ended(error.message))
  child.once('exit', (code, signal) => ended(signal ?? `code ${code}`))
  createInterface(child.stdout).on('line', (text) => {
    if (!text.startsWith('{"kind":')) {
      process.stderr.write(`${text}\n`)
      return
    }
    const line = JSON.parse(text) as ContestantLine
    if (line.kind === 'first-fetch') firstFetch.resolve(line.atMs)
    else progress.push(line)
  })
  return {
    pid: child.pid!,
    firstFetchAt: firstFetch.promise,
    progress,
    throwIfEnded() {
      if (end !== undefined) throw new Error(end)
    },
    async kill() {
      if (end !== undefined) return
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    },
  }
}
