import type { EventEmitter } from 'node:events'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'

/** What a topic tool needs of the process around it. */
export interface ToolHost {
  readonly clock: Clock
  readonly log: Logger
  /** Standard input, in chunks. */
  readonly input: AsyncIterable<Uint8Array>
  /** Standard output, for little. */
  print(text: string): void
  /** Standard output, for much: takes it; undefined means that more may come, else wait first. */
  write(output: string | Uint8Array): Promise<void> | undefined
  /** Aborted when nobody reads standard output any more. */
  readonly outputGone: AbortSignal
  /** Asks a person at the terminal; absent where none is. */
  readonly ask?: (question: string) => Promise<string>
  /** A line for people, beside the output. */
  note(line: string): void
  /** Emits the names of signals. */
  readonly signals: EventEmitter
  exit(code: number): void
}
