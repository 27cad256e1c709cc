import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { startEmbeddedRedis, type EmbeddedRedis, type EmbeddedRedisOptions } from '../../src/embedded/embedded-redis.ts'
import { RawRedis } from '../support/raw-redis.ts'

let folder: string
const running: EmbeddedRedis[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-embedded-redis-'))
})
afterEach(async () => {
  await Promise.all(running.splice(0).map((redis) => redis.close().catch(() => {})))
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true, force: true })
})

async function start(options: EmbeddedRedisOptions): Promise<EmbeddedRedis> {
  const redis = await startEmbeddedRedis(options)
  running.push(redis)
  return redis
}

async function ask({ port }: EmbeddedRedis, ...args: readonly string[]): Promise<unknown> {
  const client = await RawRedis.open(port)
  try {
    return (await client.send([args]))[0]!.value
  } finally {
    client.close()
  }
}

describe('the Redis of millrace', () => {
  test('tells who started it that a client has shut it down', async () => {
    const redis = await start({ use: 'own' })
    const socket = connect(redis.port, '127.0.0.1')
    socket.write('SHUTDOWN NOSAVE\r\n')
    await once(socket.resume(), 'close')
    await expect(redis.closed).rejects.toMatchObject({ code: 'MR_EMBEDDED_SERVER', message: expect.stringContaining('a client has shut the server down') as string })
  })
})

/** Does what we need of redis-server without being one: says that it is ready, and ends on SIGTERM. */
async function pretendedRedisServer(): Promise<void> {
  const program = join(folder, 'bin', 'redis-server')
  await mkdir(join(folder, 'bin'))
  await writeFile(program, '#!/bin/sh\ncat > /dev/null\necho Ready to accept connections\nexec sleep 600\n')
  await chmod(program, 0o755)
  vi.stubEnv('PATH', `${join(folder, 'bin')}:${process.env['PATH']}`)
}

describe('a directory', () => {
  test('is for one redis-server at a time', async () => {
    await pretendedRedisServer()
    const dir = join(folder, 'data')
    const first = await start({ use: 'installed', dir })
    expect(first.use).toBe('installed')
    await expect(start({ use: 'installed', dir })).rejects.toMatchObject({ code: 'MR_DIRECTORY_IN_USE' })
    await expect(start({ use: 'own', dir })).rejects.toMatchObject({ code: 'MR_DIRECTORY_IN_USE' })
    await first.close()
    await expect.poll(() => start({ use: 'installed', dir }).then(() => 'started', () => 'refused')).toBe('started')
  })

  test('stays with the one that wrote it', async () => {
    await pretendedRedisServer()
    const mine = join(folder, 'mine')
    const first = await start({ use: 'own', dir: mine })
    await ask(first, 'SET', 'a', '1')
    await first.close()
    await expect(start({ use: 'installed', dir: mine })).rejects.toMatchObject({ code: 'MR_EMBEDDED_SERVER', message: expect.stringContaining('written by the Redis of millrace') as string })
    const again = await start({ dir: mine })
    expect([again.use, await ask(again, 'GET', 'a')]).toEqual(['own', '1'])

    const theirs = join(folder, 'theirs')
    await mkdir(join(theirs, 'appendonlydir'), { recursive: true })
    await expect(start({ use: 'own', dir: theirs })).rejects.toMatchObject({ code: 'MR_EMBEDDED_SERVER', message: expect.stringContaining('written by a redis-server') as string })
    expect(await readdir(theirs)).toEqual(['appendonlydir'])
    expect((await start({ dir: theirs })).use).toBe('installed')
  })

  test('with files of others in it belongs to nobody yet', async () => {
    await pretendedRedisServer()
    await writeFile(join(folder, 'notes.txt'), 'mine')
    expect((await start({ dir: folder })).use).toBe('installed')
  })

  test('that is none is refused, saying why', async () => {
    await pretendedRedisServer()
    await writeFile(join(folder, 'file'), '')
    for (const use of ['installed', undefined] as const) {
      await expect(start({ dir: join(folder, 'file'), ...(use === undefined ? {} : { use }) })).rejects.toMatchObject({ code: 'MR_EMBEDDED_SERVER' })
    }
  })
})
