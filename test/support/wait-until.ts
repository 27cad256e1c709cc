import { setTimeout as delay } from 'node:timers/promises'

/** Resolves once the condition holds; throws, naming what it waited for, when that takes too long. */
export async function waitUntil(what: string, condition: () => boolean | Promise<boolean>, timeoutMs = 60_000): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain for: ${what}`)
    await delay(20)
  }
}
