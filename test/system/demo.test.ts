import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

describe('the demo', () => {
  it('counts the words of Moby Dick with topologies/word-count.ts as an independent recount does', async () => {
    const { stdout } = await promisify(execFile)('npm', ['--silent', 'start', '--', '--once'], { cwd: root })
    expect(stdout).toMatch(/all \d+ counts equal the recount/)
  })
})
