import { fileURLToPath } from 'node:url'
import type { Assignment } from './assignment.ts'

/**
 * Whoever does the jobs: any command that takes an `Assignment` as JSON in its last argument, prints
 * the lines of `contestant-lines.ts`, leaves the job's results in Redis, and runs until it is killed.
 */
export interface Contestant extends Pick<Assignment, 'threads' | 'style' | 'variant'> {
  readonly name: string
  readonly command: readonly string[]
}

/** What the first ratio of a result refers to. */
export const handRival = handLoop(2).name
/** What the ratios to Java refer to. */
export const javaRival = 'Java loop, 2 threads'

/** Millrace and the loop written by hand. */
export const ownContestants: readonly Contestant[] = [
  ...[1, 2].map((threads) => handLoop(threads)),
  ...[1, 2].map((threads) => millrace('functions', threads)),
  ...[1, 2].map((threads) => millrace('bolts', threads)),
]

/** Millrace with less to promise. */
export const atMostOnceContestants: readonly Contestant[] = (['functions', 'bolts'] as const).flatMap((style) => [1, 2].map((workers) => ({
  ...millrace(style, workers),
  name: `millrace ${style} at-most-once, ${counted(workers, 'worker')}`,
  variant: 'at-most-once',
})))

/** Other clients in the same loop. */
export const nodeRivals: readonly Contestant[] = [
  loop('kafkajs defaults, 1 thread', 'peers/kafkajs.ts', 1),
  loop('@platformatic/kafka, 1 thread', 'peers/platformatic.ts', 1),
  ...[1, 2].map((threads) => loop(`kafkats, ${counted(threads, 'thread')}`, 'peers/kafkats.ts', threads)),
]

export function millrace(style: 'functions' | 'bolts', workers: number): Contestant {
  return { name: `millrace ${style}, ${counted(workers, 'worker')}`, command: nodeProgram('millrace.ts'), threads: workers, style }
}

export function handLoop(threads: number): Contestant {
  return loop(`hand loop, ${counted(threads, 'thread')}`, 'hand-loop.ts', threads)
}

/** A loop written by hand; `thread` is the program of each of its threads. */
function loop(name: string, thread: string, threads: number): Contestant {
  return { name, command: [...nodeProgram('loop.ts'), thread], threads, style: 'functions' }
}

/** The command of a TypeScript program in this folder. */
export function nodeProgram(file: string): string[] {
  return [process.execPath, '--conditions=source', '--no-warnings', fileURLToPath(new URL(file, import.meta.url))]
}

function counted(count: number, of: string): string {
  return `${count} ${of}${count === 1 ? '' : 's'}`
}
