import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Assignment } from './assignment.ts'
import { startContestant } from './contestant-process.ts'
import type { ContestantProcess } from './contestant-process.ts'

const assignment: Assignment = { job: 'ads', topic: 'ad-events', partitions: 8, brokers: ['b:1'], redisUrl: 'redis://r', threads: 2, style: 'functions', endless: false }
let running: ContestantProcess | undefined
afterEach(async () => {
  await running?.kill()
  running = undefined
})
const start = (program: string) => (running = startContestant([process.execPath, '-e', program], assignment))

describe('the process of a contestant', () => {
  it('gets its assignment as its last argument and tells of its first fetch and its progress', async () => {
    const { firstFetchAt, progress } = start(`
      const { threads } = JSON.parse(process.argv.at(-1))
      console.log(JSON.stringify({ kind: 'progress', records: threads, atMs: 7 }))
      console.log(JSON.stringify({ kind: 'first-fetch', atMs: 5 }))
      setInterval(() => {}, 1000)
    `)
    expect(await firstFetchAt).toBe(5)
    expect(progress).toMatchObject([{ records: 2, atMs: 7 }])
  })

  it('fails the race when it ends by itself', async () => {
    const { firstFetchAt, throwIfEnded } = start('process.exit(3)')
    await expect(firstFetchAt).rejects.toThrow('ended with code 3')
    expect(throwIfEnded).toThrow('ended with code 3')
  })

  it('passes on what it says besides', async () => {
    const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    try {
      await start(`console.log('a warning'); console.log('{"kind":"first-fetch","atMs":1}'); setInterval(() => {}, 1000)`).firstFetchAt
      expect(written).toHaveBeenCalledWith('a warning\n')
    } finally {
      written.mockRestore()
    }
  })
})
