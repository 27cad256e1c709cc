import { setTimeout as delay } from 'node:timers/promises'
import type { MillraceProcess } from './millrace-process.ts'

/** Resolves once the condition holds; throws, naming what it waited for, when that takes too long. */
export async function waitUntil(what: string, condition: () => boolean | Promise<boolean>, timeoutMs = 60_000): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain for: ${what}`)
    await delay(20)
  }
}

/** The same, for something a running process is expected to do: its end is the end of the wait. */
export async function waitWhileRunning(millrace: MillraceProcess, what: string, condition: () => Promise<boolean>, timeoutMs?: number): Promise<void> {
  let ended = false
  void millrace.ended.then(() => (ended = true))
  await waitUntil(what, async () => {
    if (await condition()) return true
    if (ended) throw new Error(`millrace ended before: ${what}`)
    return false
  }, timeoutMs).catch((error: unknown) => {
    const { stderr, stdout } = millrace.output()
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${stdout.slice(-1000)}\n${stderr.slice(-4000)}`, { cause: error })
  })
}
