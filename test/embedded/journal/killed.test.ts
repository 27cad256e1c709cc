import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const writer = fileURLToPath(new URL('../../support/journal-writer.ts', import.meta.url))

/** Lets the process write until it has said `lines` lines, kills it, and tells what it found and said. */
async function writeUntilKilled(file: string, lines: number): Promise<{ readonly found: number; readonly acknowledged: number }> {
  const child = spawn(process.execPath, ['--conditions=source', writer, file, 'x'.repeat(100)], { stdio: ['ignore', 'pipe', 'inherit'] })
  let found = -1
  let acknowledged = 0
  let seen = 0
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('found ')) found = acknowledged = Number(line.slice('found '.length))
    else acknowledged = Number(line)
    if (++seen === lines) child.kill('SIGKILL')
  }
  return { found, acknowledged }
}

it('a process killed again and again loses no acknowledged entry, also while it compacts', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-journal-'))
  try {
    let acknowledged = 0
    for (const lines of [10, 137, 1, 500, 55, 2000, 1]) {
      const run = await writeUntilKilled(join(directory, 'a.journal'), lines)
      expect(run.found).toBeGreaterThanOrEqual(acknowledged)
      acknowledged = run.acknowledged
    }
    expect(acknowledged).toBeGreaterThan(2000)
  } finally {
    await rm(directory, { recursive: true })
  }
}, 60_000)
