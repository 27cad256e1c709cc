import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** Runs a program to its end with these lines as input. */
export async function runWithLines(command: string, args: readonly string[], lines: readonly string[]): Promise<void> {
  const child = spawn(command, args, { stdio: ['pipe', 'ignore', 'pipe'] })
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  child.stdin.end(lines.map((line) => `${line}\n`).join(''))
  const [code] = await once(child, 'close') as [number | null]
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${errors}`)
}
