import * as v from 'valibot'
import { checkOptions } from '../base/options.ts'
import { MillraceError } from '../errors.ts'

/** How to reach Redis: `connections.redis`. Plain data. */
export interface RedisSettings {
  /** `redis://host:port/db`, or `rediss://` for TLS; a user and password in it must be percent-encoded. */
  readonly url: string
  /** Goes before the user in `url`. */
  readonly username?: string
  /** Goes before the password in `url`. */
  readonly password?: string
  /** Number of the database; goes before the one in `url`. Default 0. */
  readonly db?: number
  /** TLS details, as PEM text; `true` switches TLS on for a `redis://` url. */
  readonly tls?: boolean | RedisTls
  /** Time for one attempt to connect. Default 5,000. */
  readonly connectTimeoutMs?: number
  /** Time without an answer after which a command is sent again. Default 10,000. */
  readonly commandTimeoutMs?: number
}

export interface RedisTls {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly servername?: string
  /** Default true. */
  readonly rejectUnauthorized?: boolean
}

/** The settings taken apart, with all defaults. */
export interface RedisTarget {
  readonly host: string
  readonly port: number
  readonly username: string | undefined
  readonly password: string | undefined
  readonly db: number
  readonly tls: RedisTls | undefined
  readonly connectTimeoutMs: number
  readonly commandTimeoutMs: number
}

const optionalText = v.optional(v.string())
const duration = (standard: number) => v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), standard)

const schema = v.strictObject({
  url: v.pipe(v.string('must be a redis:// or rediss:// URL'), v.check((url) => parsed(url) !== undefined, 'must be a redis:// or rediss:// URL, with user and password percent-encoded')),
  username: optionalText,
  password: optionalText,
  db: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
  tls: v.optional(v.union([v.boolean(), v.strictObject({ ca: optionalText, cert: optionalText, key: optionalText, servername: optionalText, rejectUnauthorized: v.optional(v.boolean()) })])),
  connectTimeoutMs: duration(5000),
  commandTimeoutMs: duration(10_000),
})

export function redisTarget(settings: unknown): RedisTarget {
  if (settings === undefined) {
    throw new MillraceError('MR_OPTIONS_INVALID', 'the topology writes to Redis, and no Redis is given', { remedy: 'give `connections.redis`, or --redis redis://host:6379' })
  }
  const checked = checkOptions('connections.redis', schema, settings)
  const url = parsed(checked.url)!
  const tls = checked.tls ?? url.protocol === 'rediss:'
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? 6379 : Number(url.port),
    username: checked.username ?? text(url.username),
    password: checked.password ?? text(url.password),
    db: checked.db ?? Number(url.pathname.slice(1)),
    tls: tls === true ? {} : tls === false ? undefined : tls,
    connectTimeoutMs: checked.connectTimeoutMs,
    commandTimeoutMs: checked.commandTimeoutMs,
  }
}

function parsed(text: string): URL | undefined {
  try {
    const url = new URL(text)
    decodeURIComponent(url.username + url.password)
    const known = (url.protocol === 'redis:' || url.protocol === 'rediss:') && url.hostname !== '' && /^\/?\d*$/.test(url.pathname)
    return known ? url : undefined
  } catch {
    return undefined
  }
}

function text(part: string): string | undefined {
  return part === '' ? undefined : decodeURIComponent(part)
}
