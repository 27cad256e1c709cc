import { spawn } from 'node:child_process'

export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface HowToRun {
  readonly input?: string | Uint8Array
  /** Sent when the program has printed this. */
  readonly killAfter?: RegExp
  readonly timeoutMs?: number
}

/** Runs a program to its end. */
export function runProgram(command: string, args: readonly string[], { input, killAfter, timeoutMs = 60_000 }: HowToRun = {}): Promise<Ran> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], timeout: timeoutMs, env: { ...process.env, JAVA_TOOL_OPTIONS: '' } })
  const out: Buffer[] = []
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => {
    out.push(chunk)
    if (killAfter?.test(Buffer.concat(out).toString('utf8')) === true) child.kill('SIGTERM')
  })
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')))
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, stdout: Buffer.concat(out).toString('utf8'), stderr }))
  })
}

/** The same for what must succeed: rejects with what it printed. */
export async function output(command: string, args: readonly string[], how: HowToRun = {}): Promise<string> {
  const { code, stdout, stderr } = await runProgram(command, args, how)
  if (code !== 0) throw new Error(`${command} ${args.filter((arg) => !arg.includes('jar')).join(' ')} ended with ${code}:\n${stdout.slice(-2000)}\n${stderr.slice(-4000)}`)
  return stdout
}
