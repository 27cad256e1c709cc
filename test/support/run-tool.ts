import { EventEmitter } from 'node:events'
import { Command } from 'commander'
import { systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/logger.ts'
import type { ToolHost } from '../../src/cli/tool-host.ts'
import { addTopicTools } from '../../src/cli/topic-tools.ts'

export interface ToolRun {
  /** Standard output so far. */
  readonly output: () => Buffer
  /** Lines for people, beside the output. */
  readonly notes: readonly string[]
  /** As from the terminal. */
  interrupt(): void
  /** Whoever reads standard output goes away. */
  closeOutput(): void
  /** Rejects with what the tool would end with. */
  readonly ended: Promise<void>
}

/** A topic tool in this process, with the words of a command line. Without brokers it must find them itself. */
export function startTool(brokers: readonly string[] | undefined, args: readonly string[], input: AsyncIterable<Uint8Array> | string = ''): ToolRun {
  const chunks: Buffer[] = []
  const notes: string[] = []
  const signals = new EventEmitter()
  const gone = new AbortController()
  const take = (output: string | Uint8Array): void => {
    if (!gone.signal.aborted) chunks.push(Buffer.from(output as string))
  }
  const host: ToolHost = {
    clock: systemClock,
    log: silentLogger,
    input: typeof input === 'string' ? oneChunk(input) : input,
    print: take,
    write(output) {
      take(output)
      return undefined
    },
    outputGone: gone.signal,
    note: (line) => void notes.push(line),
    signals,
    exit: (code) => {
      throw new Error(`ended at once with ${code}`)
    },
  }
  const program = new Command('millrace').exitOverride().configureOutput({ writeErr: () => {}, writeOut: take })
  addTopicTools(program, host)
  const ended = program.parseAsync([...args, ...(brokers === undefined ? [] : ['--brokers', brokers.join(',')])], { from: 'user' }).then(() => {})
  ended.catch(() => {})
  return { output: () => Buffer.concat(chunks), notes, interrupt: () => void signals.emit('SIGINT'), closeOutput: () => gone.abort(), ended }
}

/** Runs it to its end, and answers what it printed. */
export async function runTool(brokers: readonly string[] | undefined, args: readonly string[], input: AsyncIterable<Uint8Array> | string = ''): Promise<string> {
  const run = startTool(brokers, args, input)
  await run.ended
  return run.output().toString('utf8')
}

/** The objects of `--json`. */
export async function runToolJson(brokers: readonly string[] | undefined, args: readonly string[], input: AsyncIterable<Uint8Array> | string = ''): Promise<Record<string, unknown>[]> {
  const output = await runTool(brokers, [...args, '--json'], input)
  return output.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Record<string, unknown>)
}

async function* oneChunk(text: string): AsyncGenerator<Uint8Array, void, void> {
  if (text !== '') yield Buffer.from(text)
}
