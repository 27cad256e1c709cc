import { describe, expect, it } from 'vitest'
import { unlessStopped } from '../../src/cli/unless-stopped.ts'

describe('waiting unless stopped', () => {
  it('gives what comes, throws what is thrown, and ends when it is to stop', async () => {
    const stop = new AbortController()
    expect(await unlessStopped(Promise.resolve(7), stop.signal)).toBe(7)
    await expect(unlessStopped(Promise.reject(new Error('no')), stop.signal)).rejects.toThrow('no')
    const waiting = unlessStopped(new Promise(() => {}), stop.signal)
    stop.abort()
    expect(await waiting).toBe('stopped')
    expect(await unlessStopped(Promise.resolve(7), stop.signal)).toBe('stopped')
  })

  it('keeps nothing of the rounds that are over', async () => {
    const stop = new AbortController()
    const kept: WeakRef<object>[] = []
    for (let round = 0; round < 100; round++) {
      const given = { bytes: Buffer.alloc(1) }
      kept.push(new WeakRef(given))
      await unlessStopped(Promise.resolve(given), stop.signal)
    }
    await collected()
    expect(kept.filter((one) => one.deref() !== undefined).length).toBeLessThan(10)
  })
})

async function collected(): Promise<void> {
  const { setFlagsFromString } = await import('node:v8')
  const { runInNewContext } = await import('node:vm')
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void
  for (let i = 0; i < 3; i++) {
    await new Promise((resolve) => setImmediate(resolve))
    gc()
  }
}
