import { spawn } from 'node:child_process'
import { openSync, closeSync, readFileSync } from 'node:fs'
import { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

/** A program the tests or the demo need and this machine lacks. */
export class MissingProgramError extends Error {
  override readonly name = 'MissingProgramError'
  readonly program: string

  constructor(program: string, install: string) {
    super(`${program} is not installed; ${install}`)
    this.program = program
  }
}

export interface ServerProcessOptions {
  readonly command: string
  readonly args: readonly string[]
  /** What to tell a user who has no such program. */
  readonly install: string
  /** Takes everything the server prints; rewritten at each start. */
  readonly logFile: string
  /** Printed by the server once it answers. */
  readonly ready: string
  readonly readyTimeoutMs: number
  /** Removed when this process is gone before it stopped the server itself. */
  readonly dir: string
}

export interface ServerProcess {
  readonly pid: number
  /** Sends the signal and waits until the process is gone. */
  kill(signal?: NodeJS.Signals): Promise<void>
}

/**
 * Starts a server and waits until it is ready. It runs in a session of its own, so a Ctrl-C in the
 * terminal does not reach it, and it never outlives this process, not even one killed with -9.
 */
export async function startServerProcess(options: ServerProcessOptions): Promise<ServerProcess> {
  const log = openSync(options.logFile, 'w')
  const child = spawn(options.command, options.args, { stdio: ['ignore', log, log], detached: true, cwd: options.dir })
  closeSync(log)
  let ended: string | undefined
  const exited = new Promise<void>((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      ended = error.message
      resolve()
    })
    child.once('exit', (code, signal) => {
      ended = `ended with ${signal ?? `code ${code}`}`
      resolve()
    })
  })
  const { pid } = child
  if (pid === undefined) {
    await exited
    throw new MissingProgramError(options.command, options.install)
  }
  const guard = startGuard(pid, options.dir)
  const kill = async (signal: NodeJS.Signals = 'SIGKILL'): Promise<void> => {
    child.ref()
    if (ended === undefined) process.kill(pid, signal)
    await exited
    guard.release()
  }
  const deadline = performance.now() + options.readyTimeoutMs
  while (!readFileSync(options.logFile, 'utf8').includes(options.ready)) {
    if (ended === undefined && performance.now() < deadline) {
      await delay(20)
      continue
    }
    const reason = ended ?? `was not ready within ${options.readyTimeoutMs} ms`
    await kill()
    throw new Error(`${options.command} ${reason}:\n${readFileSync(options.logFile, 'utf8').slice(-4000)}`)
  }
  child.unref()
  return { pid, kill }
}

/** A shell that waits for the end of our side of a pipe, which comes however this process ends. */
function startGuard(pid: number, dir: string): { release(): void } {
  const guard = spawn('sh', ['-c', 'read line; test "$line" = release || { kill -9 "$0"; rm -rf "$1"; }', String(pid), dir], { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
  guard.unref()
  guard.stdin.on('error', () => {})
  if (guard.stdin instanceof Socket) guard.stdin.unref()
  return { release: () => void guard.stdin.end('release\n') }
}
