import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import * as v from 'valibot'
import { systemClock } from '../base/clock.ts'
import { checkOptions } from '../base/options.ts'
import { logLevels } from '../base/pino-logger.ts'
import type { LogLevel } from '../base/pino-logger.ts'
import { asMillraceError, MillraceError } from '../errors.ts'
import { lockDirectory } from './directory-lock.ts'
import { findProgram, startInstalledRedis } from './installed-redis.ts'
import { journalFile } from './redis/persistence/journal-file.ts'
import { startServerThread } from './thread/handle.ts'

/** What `startEmbeddedRedis` takes. */
export interface EmbeddedRedisOptions {
  /** Keeps the data over a restart; made when it is not there. Default: nothing is kept. */
  readonly dir?: string
  /** Default: a free one. It listens on 127.0.0.1. */
  readonly port?: number
  /**
   * `installed` is the `redis-server` on PATH, `own` the one of millrace in a thread of this process.
   * Default: what wrote the data in `dir`, else the installed one, else our own.
   */
  readonly use?: 'installed' | 'own'
  /** By Redis's names, for example `{ appendfsync: 'always' }`. With a `dir` the append-only file is on. */
  readonly settings?: Readonly<Record<string, string>>
  /** Lines of our own server on standard error. Default `warn`. */
  readonly log?: { readonly level?: LogLevel; readonly pretty?: boolean }
}

/** A Redis that lives as long as this process, at most. */
export interface EmbeddedRedis {
  readonly url: string
  readonly host: string
  readonly port: number
  readonly use: 'installed' | 'own'
  /** For people: which program or server this is. */
  readonly description: string
  /** Settles when it has ended; rejects with the cause when it ended by itself. */
  readonly closed: Promise<void>
  /** Writes what is outstanding to disk and ends it. */
  close(): Promise<void>
}

const schema = v.strictObject({
  dir: v.optional(v.pipe(v.string(), v.minLength(1))),
  port: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535))),
  use: v.optional(v.picklist(['installed', 'own'])),
  settings: v.optional(v.record(v.string(), v.string()), {}),
  log: v.optional(v.strictObject({
    level: v.optional(v.picklist(logLevels), 'warn'),
    pretty: v.optional(v.boolean(), () => process.stderr.isTTY),
  }), {}),
})

type Checked = v.InferOutput<typeof schema>

/** Resolves when it answers. Throws MR_OPTIONS_INVALID, MR_PORT_TAKEN, MR_DIRECTORY_IN_USE, MR_EMBEDDED_SERVER, of our own also MR_JOURNAL_CORRUPT, MR_JOURNAL_IO. */
export async function startEmbeddedRedis(options: EmbeddedRedisOptions = {}): Promise<EmbeddedRedis> {
  const checked = checkOptions('startEmbeddedRedis', schema, options)
  const program = findProgram('redis-server')
  const writer = writerOf(checked.dir)
  if (writer !== undefined && checked.use !== undefined && checked.use !== writer) {
    throw new MillraceError('MR_EMBEDDED_SERVER', `the directory was written by ${names[writer]}, which ${names[checked.use]} cannot read`, {
      place: { at: checked.dir! },
      remedy: 'leave `use` out, or name another directory',
    })
  }
  const use = checked.use ?? writer ?? (program === undefined ? 'own' : 'installed')
  if (use === 'own') return startOwn(checked)
  if (program !== undefined) return startInstalled(program, checked)
  throw new MillraceError('MR_EMBEDDED_SERVER', checked.use === undefined ? 'the directory was written by a redis-server, and there is none on PATH' : 'there is no redis-server on PATH', {
    ...(checked.dir === undefined ? {} : { place: { at: checked.dir } }),
    remedy: checked.use === undefined ? 'install Redis, or name another directory, or begin anew (npm start: --fresh)' : 'install Redis, or leave the choice out: millrace has a Redis of its own',
  })
}

const names = { installed: 'a redis-server', own: 'the Redis of millrace' } as const

async function startOwn({ dir, port, settings, log }: Checked): Promise<EmbeddedRedis> {
  const options = {
    ...(dir === undefined ? {} : { dir }),
    ...(port === undefined ? {} : { port }),
    settings: { ...(dir === undefined ? {} : { appendonly: 'yes' }), ...settings },
  }
  const thread = await startServerThread({ server: 'redis', options, log })
  return { ...thread, url: urlOf(thread.host, thread.port, settings), use: 'own', description: 'the Redis of millrace, in this process' }
}

async function startInstalled(program: string, { dir: wanted, port, settings }: Checked): Promise<EmbeddedRedis> {
  const dir = wanted === undefined ? mkdtempSync(join(tmpdir(), 'millrace-redis-')) : makeDirectory(wanted)
  // A redis-server itself would write into the files of another one.
  const lock = await lockDirectory(dir)
  const leaveDir = async (): Promise<void> => {
    if (wanted === undefined) rmSync(dir, { recursive: true, force: true })
    await lock.release()
  }
  try {
    const redis = await startInstalledRedis({
      program,
      dir,
      port: port === 0 ? undefined : port,
      settings: { ...(wanted === undefined ? {} : { appendonly: 'yes' }), ...settings },
      clock: systemClock,
    })
    void redis.closed.catch(() => {}).then(leaveDir)
    return { ...redis, url: urlOf(redis.host, redis.port, settings), use: 'installed', description: `${program}, process ${redis.pid}` }
  } catch (error) {
    await leaveDir()
    throw error
  }
}

/** Each of the two keeps its data in a form of its own. */
function writerOf(dir: string | undefined): 'installed' | 'own' | undefined {
  if (dir === undefined) return undefined
  const files = filesOf(dir)
  if (files.some((file) => file === 'appendonlydir' || file.endsWith('.rdb'))) return 'installed'
  return files.includes(journalFile) ? 'own' : undefined
}

function filesOf(dir: string): readonly string[] {
  try {
    return readdirSync(dir)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw unusable(dir, error)
  }
}

function makeDirectory(wanted: string): string {
  const dir = resolve(wanted)
  try {
    mkdirSync(dir, { recursive: true })
    return dir
  } catch (error) {
    throw unusable(dir, error)
  }
}

function unusable(dir: string, error: unknown): MillraceError {
  return asMillraceError(error, 'MR_EMBEDDED_SERVER', { place: { at: dir }, remedy: 'name a directory that can be written' })
}

function urlOf(host: string, port: number, settings: Readonly<Record<string, string>>): string {
  const password = settings['requirepass']
  return `redis://${password === undefined ? '' : `:${encodeURIComponent(password)}@`}${host}:${port}`
}
