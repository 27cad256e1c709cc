import { createInterface } from 'node:readline/promises'
import { isatty } from 'node:tty'
import { systemClock } from '../base/clock.ts'
import { escapeControls } from '../base/escape.ts'
import { pinoLogger } from '../base/pino-logger.ts'
import type { ToolHost } from './tool-host.ts'

async function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return await lines.question(question)
  } finally {
    lines.close()
  }
}

/** This process, as topic tools see it. */
export function processHost(): ToolHost {
  const { stdout } = process
  const gone = new AbortController()
  stdout.on('error', () => gone.abort())
  return {
    clock: systemClock,
    log: pinoLogger({ level: 'warn' }),
    // Looked at, it is opened.
    get input() {
      return process.stdin
    },
    print: (text) => void stdout.write(text),
    write(output) {
      if (gone.signal.aborted || stdout.write(output)) return undefined
      return new Promise((resolve) => {
        const done = (): void => {
          stdout.off('drain', done)
          gone.signal.removeEventListener('abort', done)
          resolve()
        }
        stdout.once('drain', done)
        gone.signal.addEventListener('abort', done)
      })
    },
    outputGone: gone.signal,
    note: (line) => void process.stderr.write(`${escapeControls(line)}\n`),
    ...(isatty(0) ? { ask } : {}),
    signals: process,
    exit: process.exit,
  }
}
