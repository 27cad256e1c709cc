import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLogger } from '../../../../src/base/logger.ts'
import { ManualClock } from '../../../../src/base/manual-clock.ts'
import type { Disk } from '../../../../src/embedded/journal/disk.ts'
import { JournalLog } from '../../../../src/embedded/redis/persistence/journal-log.ts'
import { MemoryDisk, systemError } from '../../../support/memory-disk.ts'
import type { DiskCall } from '../../../support/memory-disk.ts'
import { newRedisEngine } from '../../../support/redis-engine.ts'
import type { RedisEngine } from '../../../support/redis-engine.ts'

let dir: string
let logs: JournalLog[] = []

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'millrace-redis-log-'))
})
afterEach(async () => {
  await Promise.allSettled(logs.map((log) => log.close()))
  logs = []
  await rm(dir, { recursive: true, force: true })
})

async function open(disk: Disk, settings: Readonly<Record<string, string>> = {}, clock = new ManualClock()): Promise<RedisEngine> {
  const redis = newRedisEngine({ appendonly: 'yes', ...settings }, clock)
  const { engine } = redis
  const log = await JournalLog.open({ dir, settings: engine.settings, keyspace: engine.keyspace, clock, logger: silentLogger, replay: (command) => engine.replay(command), disk })
  logs.push(log)
  engine.changeLog = log
  return redis
}

/** What a server finds that starts on this disk. */
async function restarted(disk: Disk, clock = new ManualClock()): Promise<RedisEngine> {
  for (const log of logs.splice(0)) await log.close()
  return open(disk, {}, clock)
}

const full = (call: DiskCall): void => {
  if (call === 'write') throw systemError('ENOSPC')
}
const info = (redis: RedisEngine, field: string): string | undefined => new RegExp(`^${field}:(.*)\r$`, 'm').exec(redis.run('INFO', 'persistence'))?.[1]

describe('the log of a server with a directory', () => {
  it('brings everything back, with the times keys expire', async () => {
    const disk = new MemoryDisk()
    const redis = await open(disk)
    for (const args of [['SET', 'a', '1', 'PX', '5000'], ['RPUSH', 'l', 'x', 'y'], ['SELECT', '5'], ['HSET', 'h', 'f', '\u00ff\0'], ['XADD', 's', '*', 'f', 'v']]) redis.run(...args)
    await redis.engine.changeLog.outstanding()
    const found = await restarted(disk.afterKill())
    expect(found.content()).toEqual(redis.content())
    expect(found.run('PTTL', 'a')).toBe(':5000\r\n')
  })

  it('lets a key go at the start whose time has come meanwhile', async () => {
    const disk = new MemoryDisk()
    const redis = await open(disk)
    redis.run('SET', 'a', '1', 'PX', '5000')
    await redis.engine.changeLog.outstanding()
    const found = await restarted(disk.afterKill(), new ManualClock(redis.clock.now() + 6000))
    expect(found.run('GET', 'a')).toBe('$-1\r\n')
  })

  it('makes changes again that came before the end of a key whose time is over now', async () => {
    const disk = new MemoryDisk()
    const redis = await open(disk)
    for (const args of [['SET', 'a', '1', 'PX', '5000'], ['RENAME', 'a', 'b'], ['INCR', 'b'], ['PERSIST', 'b']]) redis.run(...args)
    await redis.engine.changeLog.outstanding()
    const found = await restarted(disk.afterKill(), new ManualClock(redis.clock.now() + 6000))
    expect(found.run('GET', 'b')).toBe('$1\r\n2\r\n')
  })

  it('has answers wait until the change is written, and on the device where appendfsync is always', async () => {
    const disk = new MemoryDisk()
    const redis = await open(disk, { appendfsync: 'always' })
    expect(redis.engine.changeLog.outstanding()).toBeUndefined()
    redis.run('SET', 'a', '1')
    redis.run('SET', 'b', '2')
    const syncs = disk.count('sync')
    await redis.engine.changeLog.outstanding()
    expect(disk.count('sync')).toBe(syncs + 1)
    expect(redis.engine.changeLog.outstanding()).toBeUndefined()
    expect((await restarted(disk.afterPowerCut())).content()).toHaveLength(2)
  })

  it('follows CONFIG SET appendfsync', async () => {
    const disk = new MemoryDisk()
    const redis = await open(disk, { appendfsync: 'no' })
    redis.run('SET', 'a', '1')
    await redis.engine.changeLog.outstanding()
    const syncs = disk.count('sync')
    redis.run('CONFIG', 'SET', 'appendfsync', 'always')
    redis.run('SET', 'b', '1')
    await redis.engine.changeLog.outstanding()
    expect(disk.count('sync')).toBe(syncs + 1)
  })

  it('never holds half a transaction, however its end was torn off', async () => {
    const disk = new MemoryDisk()
    const redis = await open(disk)
    redis.run('SET', 'before', '1')
    await redis.engine.changeLog.outstanding()
    const whole = disk.bytesOf(join(dir, 'redis.journal')).length
    for (const args of [['MULTI'], ['INCR', 'a'], ['INCR', 'b'], ['EXEC']]) redis.run(...args)
    await redis.engine.changeLog.outstanding()
    const bytes = disk.bytesOf(join(dir, 'redis.journal'))
    for (let end = whole; end < bytes.length; end++) {
      const torn = new MemoryDisk()
      torn.put(join(dir, 'redis.journal'), bytes.subarray(0, end))
      expect((await restarted(torn)).content()).toHaveLength(1)
    }
    const intact = new MemoryDisk()
    intact.put(join(dir, 'redis.journal'), bytes)
    expect((await restarted(intact)).content()).toHaveLength(3)
  })

  it('is replaced by a snapshot, while changes go on, with none lost and none twice', async () => {
    const disk = new MemoryDisk()
    const redis = await open(disk)
    for (let i = 0; i < 1000; i++) redis.run('INCR', `key${i % 10}`)
    await redis.engine.changeLog.outstanding()
    const before = Number(info(redis, 'aof_current_size'))
    redis.run('INCR', 'key1')
    expect(redis.run('BGREWRITEAOF')).toBe('+Background append only file rewriting started\r\n')
    redis.run('INCR', 'key2')
    expect(redis.run('BGREWRITEAOF')).toBe('-ERR Background append only file rewriting already in progress\r\n')
    expect(redis.run('SAVE')).toBe('-ERR Background save already in progress\r\n')
    for (let i = 0; info(redis, 'aof_rewrite_in_progress') === '1'; i++) {
      redis.run('INCR', `key${i % 10}`)
      await new Promise(setImmediate)
    }
    await redis.engine.changeLog.outstanding()
    expect(Number(info(redis, 'aof_current_size'))).toBeLessThan(before / 10)
    expect(info(redis, 'aof_last_bgrewrite_status')).toBe('ok')
    const expected = redis.content()
    expect((await restarted(disk.afterKill())).content()).toEqual(expected)
  })

  it('is replaced by itself when it has grown as auto-aof-rewrite-percentage says', async () => {
    const disk = new MemoryDisk()
    const redis = await open(disk, { 'auto-aof-rewrite-min-size': '2000', 'auto-aof-rewrite-percentage': '100' })
    for (let i = 0; info(redis, 'aof_rewrites') === '0'; i++) {
      expect(i).toBeLessThan(1000)
      redis.run('SET', 'a', String(i))
      await redis.engine.changeLog.outstanding()
      await new Promise(setImmediate)
    }
    expect(Number(info(redis, 'aof_base_size'))).toBeLessThan(200)
  })

  it('has SAVE answered when the snapshot is on the device, and LASTSAVE say when that was', async () => {
    const disk = new MemoryDisk()
    const redis = await open(disk, { appendonly: 'no' })
    redis.run('SET', 'a', '1')
    expect(redis.engine.changeLog.outstanding()).toBeUndefined()
    expect(info(redis, 'rdb_changes_since_last_save')).toBe('1')
    redis.clock.advance(9000)
    expect(redis.run('SAVE')).toBe('+OK\r\n')
    await redis.engine.changeLog.outstanding()
    expect(redis.run('LASTSAVE')).toBe(`:${Math.floor(redis.clock.now() / 1000)}\r\n`)
    expect(info(redis, 'rdb_changes_since_last_save')).toBe('0')
    redis.run('SET', 'b', 'not saved')
    expect((await restarted(disk.afterPowerCut())).content()).toHaveLength(1)
  })

  it('refuses changes in Redis\'s words while the disk is full, and goes on by itself once it is not', async () => {
    const disk = new MemoryDisk()
    const redis = await open(disk)
    redis.run('INCR', 'a')
    await redis.engine.changeLog.outstanding()
    disk.before = full
    redis.run('INCR', 'a')
    await expect(redis.engine.changeLog.outstanding()).rejects.toThrow('ENOSPC')
    expect(redis.run('INCR', 'a')).toMatch(/^-MISCONF Errors writing to the AOF file: /)
    expect(redis.run('GET', 'a')).toBe('$1\r\n2\r\n')
    expect(redis.engine.changeLog.outstanding()).toBeUndefined()
    expect(info(redis, 'aof_last_write_status')).toBe('err')
    disk.before = () => {}
    redis.clock.advance(1000)
    await expect.poll(() => redis.run('INCR', 'a')).toBe(':3\r\n')
    await redis.engine.changeLog.outstanding()
    expect((await restarted(disk.afterKill())).run('GET', 'a')).toBe('$1\r\n3\r\n')
  })

  it('stays as it was when a snapshot cannot be written', async () => {
    const disk = new MemoryDisk()
    const redis = await open(disk)
    redis.run('SET', 'a', '1')
    await redis.engine.changeLog.outstanding()
    disk.before = (call, file) => {
      if (call === 'write' && file.endsWith('.compacting')) throw systemError('ENOSPC')
    }
    redis.run('BGSAVE')
    await expect.poll(() => info(redis, 'rdb_last_bgsave_status')).toBe('err')
    expect(redis.run('SET', 'b', '1')).toBe('+OK\r\n')
    await redis.engine.changeLog.outstanding()
    expect((await restarted(disk.afterKill())).content()).toHaveLength(2)
  })

  it('belongs to one server at a time', async () => {
    await open(new MemoryDisk())
    await expect(open(new MemoryDisk())).rejects.toMatchObject({ code: 'MR_DIRECTORY_IN_USE' })
  })

  it('names the file when it holds something no server can do', async () => {
    const disk = new MemoryDisk()
    const redis = await open(disk)
    redis.engine.changeLog.append([{ database: 0, args: ['NOSUCHCOMMAND'] }])
    await redis.engine.changeLog.outstanding()
    await expect(restarted(disk.afterKill())).rejects.toMatchObject({ code: 'MR_JOURNAL_CORRUPT', place: { at: join(dir, 'redis.journal') } })
  })
})
