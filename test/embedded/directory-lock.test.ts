import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { lockDirectory } from '../../src/embedded/directory-lock.ts'

let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'millrace-lock-'))
})

afterEach(() => {
  rmSync(directory, { recursive: true })
})

const inUse = { code: 'MR_DIRECTORY_IN_USE' }

test('a directory is locked until it is released', async () => {
  const lock = await lockDirectory(directory)
  await expect(lockDirectory(directory)).rejects.toMatchObject(inUse)
  await lock.release()
  await (await lockDirectory(directory)).release()
})

test('a lock ends with the process that holds it, however that ends', async () => {
  const module = fileURLToPath(new URL('../../src/embedded/directory-lock.ts', import.meta.url))
  const program = `import(${JSON.stringify(module)}).then(({ lockDirectory }) => lockDirectory(${JSON.stringify(directory)})).then(() => { console.log('locked'); process.stdin.resume() })`
  const child = spawn(process.execPath, ['--conditions=source', '-e', program], { stdio: ['pipe', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  await once(child.stdout, 'data')
  await expect(lockDirectory(directory)).rejects.toMatchObject(inUse)
  child.kill('SIGKILL')
  await exited
  await (await lockDirectory(directory)).release()
})
