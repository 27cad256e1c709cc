import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants } from 'node:fs'
import { createServer, Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import { delimiter, join } from 'node:path'
import type { Clock } from '../base/clock.ts'
import { MillraceError } from '../errors.ts'

const host = '127.0.0.1'
const readyLine = 'Ready to accept connections'
const readyWithinMs = 60_000
/** Another process may take a port between our look at it and the server's. */
const portTries = 5

export interface InstalledRedisOptions {
  /** Full path of the program. */
  readonly program: string
  /** Exists already. Without `settings` about that, nothing is written to it. */
  readonly dir: string
  /** Default: a free one. */
  readonly port?: number | undefined
  /** By Redis's names. */
  readonly settings: Readonly<Record<string, string>>
  readonly clock: Clock
}

export interface InstalledRedis {
  readonly host: string
  readonly port: number
  readonly pid: number
  /** Settles when the process has ended; rejects when nobody closed it. */
  readonly closed: Promise<void>
  /** SIGTERM, on which Redis writes what is outstanding. */
  close(): Promise<void>
}

/** Full path of the program a shell would start under that name, undefined when there is none. */
export function findProgram(name: string, path: string | undefined = process.env['PATH']): string | undefined {
  return (path ?? '').split(delimiter).filter((folder) => folder !== '').map((folder) => join(folder, name)).find(isExecutable)
}

/**
 * Starts the machine's own Redis, listening on 127.0.0.1 alone. It has a process group of its own,
 * so that a Ctrl-C meant for this process does not end it first, and it never outlives this process,
 * not even one killed with -9.
 */
export async function startInstalledRedis(options: InstalledRedisOptions): Promise<InstalledRedis> {
  for (let tries = portTries; ; tries--) {
    const port = options.port ?? await freePort()
    try {
      return await startOn(port, options)
    } catch (error) {
      if (options.port !== undefined || tries <= 1 || !(error instanceof PortTaken)) throw asStartError(error, port, options)
    }
  }
}

class PortTaken extends Error {
  override readonly name = 'PortTaken'
}

async function startOn(port: number, { program, dir, settings, clock }: InstalledRedisOptions): Promise<InstalledRedis> {
  const all = { save: '', ...settings, port: String(port), bind: host, dir, daemonize: 'no', logfile: '' }
  // By standard input, for a password among the settings would be seen in the list of processes.
  const child = spawn(program, ['-'], { stdio: ['pipe', 'pipe', 'pipe'], detached: true })
  child.stdin.on('error', () => {})
  child.stdin.end(Object.entries(all).map(([name, value]) => `${name} ${JSON.stringify(value)}\n`).join(''))
  const exited = new Promise<void>((resolve) => {
    child.once('error', () => resolve())
    child.once('exit', () => resolve())
  })
  const guard = child.pid === undefined ? undefined : guardOf(child.pid)
  void exited.then(() => guard?.end('release\n'))
  await ready(child, exited, clock)
  let closing = false
  const closed = exited.then(() => {
    if (!closing) throw new MillraceError('MR_EMBEDDED_SERVER', `redis-server ended by itself with ${child.signalCode ?? `code ${child.exitCode}`}`, { place: { at: program } })
  })
  closed.catch(() => {})
  return {
    host,
    port,
    pid: child.pid!,
    closed,
    close() {
      if (!closing) child.kill('SIGTERM')
      closing = true
      return closed
    },
  }
}

/** Resolves when the server says that it answers. */
async function ready(child: ChildProcess, exited: Promise<void>, clock: Clock): Promise<void> {
  let output = ''
  const said = new Promise<'ready'>((resolve) => {
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.on('data', (bytes: Buffer) => {
        output = (output + bytes.toString('utf8')).slice(-8000)
        if (output.includes(readyLine)) resolve('ready')
      })
    }
  })
  const late = new Promise<'late'>((resolve) => void clock.setTimer(readyWithinMs, () => resolve('late'), false))
  const outcome = await Promise.race([said, late, exited.then(() => 'exited' as const)])
  if (outcome === 'ready') return
  child.kill('SIGKILL')
  await exited
  if (output.includes('Address already in use')) throw new PortTaken('the port is taken')
  throw new Error(`redis-server ${outcome === 'late' ? `was not ready within ${readyWithinMs} ms` : 'ended at once'}:\n${output.trimEnd().slice(-2000)}`)
}

/** A shell that waits for the end of our side of a pipe, which comes however this process ends. */
function guardOf(pid: number): Socket {
  const guard = spawn('sh', ['-c', 'read line; test "$line" = release || kill "$0"', String(pid)], { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
  guard.on('error', () => {})
  guard.unref()
  const input = guard.stdin as Socket
  input.on('error', () => {})
  input.unref()
  return input
}

function asStartError(error: unknown, port: number, { program, dir }: InstalledRedisOptions): MillraceError {
  if (error instanceof PortTaken) {
    return new MillraceError('MR_PORT_TAKEN', `port ${port} is taken`, { place: { at: `${host}:${port}` }, remedy: 'name another port, or leave it out for a free one' })
  }
  return new MillraceError('MR_EMBEDDED_SERVER', 'the installed redis-server does not start', { place: { at: `${program}, directory ${dir}` }, cause: error, remedy: 'read what it printed, or take the one of millrace' })
}

async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, host)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
