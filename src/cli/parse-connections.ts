import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { MillraceError } from '../errors.ts'
import { kafkaSettings } from '../kafka/connection.ts'
import type { Connections } from '../topology/connector.ts'

export interface WrittenConnections {
  readonly brokers?: string
  readonly kafkaSettings?: string
  readonly redis?: string
}

/** Connection settings from the flags and the settings file; what was not named stays out. */
export function parseConnections({ brokers, kafkaSettings: file, redis }: WrittenConnections): Connections {
  const kafka = {
    ...(file === undefined ? {} : readSettings(file)),
    ...(brokers === undefined ? {} : { brokers: brokers.split(',').map((broker) => broker.trim()) }),
  }
  const connections = {
    ...(brokers === undefined && file === undefined ? {} : { kafka }),
    ...(redis === undefined ? {} : { redis: { url: redisUrl(redis) } }),
  }
  if ('kafka' in connections) kafkaSettings(connections)
  return connections
}

function readSettings(file: string): object {
  let text: string
  try {
    text = readFileSync(resolve(file), 'utf8')
  } catch (error) {
    throw new MillraceError('MR_OPTIONS_INVALID', '--kafka-settings: the file cannot be read', { place: { at: file }, cause: error, remedy: 'correct the path; it starts at the working directory' })
  }
  const settings = parseJson(text)
  if (typeof settings === 'object' && settings !== null && !Array.isArray(settings)) return settings
  // The parser's own message quotes the file, which holds secrets.
  throw new MillraceError('MR_OPTIONS_INVALID', '--kafka-settings: the file does not hold one JSON object', {
    place: { at: file },
    remedy: 'write it like { "ssl": true, "sasl": { "mechanism": "scram-sha-512", "username": "…", "password": "…" } }',
  })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function redisUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if ((url?.protocol === 'redis:' || url?.protocol === 'rediss:') && url.hostname !== '') return text
  // Not quoted: it may hold a password.
  throw new MillraceError('MR_OPTIONS_INVALID', '--redis: not a redis:// or rediss:// URL with a host', {
    remedy: 'write it like redis://:password@host:6379/0, special characters in the password percent-encoded',
  })
}
