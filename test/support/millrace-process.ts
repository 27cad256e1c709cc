import { spawn } from 'node:child_process'
import type { ChildProcessByStdio } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const commandLine = 'src/cli/millrace.ts'

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** The command line program, running as a user would start it in a checkout. */
export interface MillraceProcess {
  readonly pid: number
  kill(signal: NodeJS.Signals): void
  /** What it has printed so far. */
  output(): { readonly stdout: string; readonly stderr: string }
  /** Resolves when it is gone, however that came. */
  readonly ended: Promise<Ended>
}

export interface MillraceOptions {
  /** For the topology file, over this process's own. */
  readonly env?: Readonly<Record<string, string>>
  /** Default: the checkout. */
  readonly cwd?: string
  /** A file to read as standard input. Default: nothing. */
  readonly input?: string
}

const running = new Set<MillraceProcess>()

export function startMillrace(args: readonly string[], options: MillraceOptions = {}): MillraceProcess {
  return startProgram(commandLine, args, options)
}

/** A program of the checkout, by its file from there. */
function startProgram(file: string, args: readonly string[], options: MillraceOptions): MillraceProcess {
  const input = options.input === undefined ? undefined : openSync(options.input, 'r')
  const child = spawn(process.execPath, ['--conditions=source', join(root, file), ...args], {
    cwd: options.cwd ?? root,
    env: { ...process.env, NODE_OPTIONS: '', ...options.env },
    stdio: [input ?? 'ignore', 'pipe', 'pipe'],
  }) as ChildProcessByStdio<null, Readable, Readable>
  if (input !== undefined) closeSync(input)
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      running.delete(millrace)
      resolve({ code, signal, stdout, stderr })
    })
  })
  const millrace: MillraceProcess = {
    pid: child.pid!,
    kill: (signal) => void child.kill(signal),
    output: () => ({ stdout, stderr }),
    ended,
  }
  running.add(millrace)
  return millrace
}

/** Runs it to its end; a run that hangs is killed. */
export function runMillrace(args: readonly string[], options: MillraceOptions & { readonly timeoutMs?: number } = {}): Promise<Ended> {
  return runProgram(commandLine, args, options)
}

/** The same with a program of the checkout that submits a topology itself. */
export async function runProgram(file: string, args: readonly string[], options: MillraceOptions & { readonly timeoutMs?: number } = {}): Promise<Ended> {
  const millrace = startProgram(file, args, options)
  const timer = setTimeout(() => millrace.kill('SIGKILL'), options.timeoutMs ?? 60_000)
  try {
    return await millrace.ended
  } finally {
    clearTimeout(timer)
  }
}

/** For `afterEach`: a failed test leaves nothing running. */
export async function killLeftovers(): Promise<void> {
  const left = [...running]
  for (const millrace of left) millrace.kill('SIGKILL')
  await Promise.all(left.map((millrace) => millrace.ended))
}
