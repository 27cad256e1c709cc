import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { systemClock } from '../../../src/base/clock.ts'
import { silentLogger } from '../../../src/base/logger.ts'
import { startBroker } from '../../../src/embedded/kafka/broker.ts'

test('a start that is given up leaves a directory that was shut down cleanly', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'millrace-given-up-'))
  const host = { clock: systemClock, logger: silentLogger }
  try {
    await (await startBroker({ dataDir }, host)).close()
    const files = await readdir(dataDir)
    expect(files).toContain('clean-shutdown.json')
    const early = AbortSignal.abort()
    await expect(startBroker({ dataDir }, { ...host, signal: early })).rejects.toBe(early.reason)
    // Its logs are open by the time this aborts.
    const late = new AbortController()
    const reason = new Error('given up')
    const giveUpLate = { ...systemClock, setTimer: (...timer: Parameters<typeof systemClock.setTimer>) => {
      late.abort(reason)
      return systemClock.setTimer(...timer)
    } }
    await expect(startBroker({ dataDir }, { ...host, clock: giveUpLate, signal: late.signal })).rejects.toBe(reason)
    expect(await readdir(dataDir)).toEqual(files)
    await (await startBroker({ dataDir }, host)).close()
  } finally {
    await rm(dataDir, { recursive: true })
  }
})
