import * as v from 'valibot'
import { checkOptions } from '../base/options.ts'
import { logLevels } from '../base/pino-logger.ts'
import type { LogLevel } from '../base/pino-logger.ts'
import { startServerThread } from './thread/handle.ts'

/** What `startEmbeddedKafka` takes. */
export interface EmbeddedKafkaOptions {
  /** Holds the logs; made when it is not there. One broker at a time may use it. */
  readonly dataDir: string
  /** Default: a free one. */
  readonly port?: number
  /** Default 127.0.0.1. There is no authentication: whoever reaches the address may read and write. */
  readonly host?: string
  /** Broker settings by Kafka's names, for example `{ 'num.partitions': '4' }`. */
  readonly settings?: Readonly<Record<string, string>>
  /** Lines on standard error. Default `warn`. */
  readonly log?: { readonly level?: LogLevel; readonly pretty?: boolean }
}

/** A broker that speaks Kafka's protocol, in a thread of this process. */
export interface EmbeddedKafka {
  /** `host:port`: what clients call the bootstrap server. */
  readonly address: string
  readonly host: string
  readonly port: number
  /** Settles when the broker has ended; rejects with the cause when it ended by itself. */
  readonly closed: Promise<void>
  /** Writes everything to disk and ends the broker. */
  close(): Promise<void>
}

const schema = v.strictObject({
  dataDir: v.pipe(v.string(), v.minLength(1)),
  port: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535))),
  host: v.optional(v.pipe(v.string(), v.minLength(1))),
  settings: v.optional(v.record(v.string(), v.string()), {}),
  log: v.optional(v.strictObject({
    level: v.optional(v.picklist(logLevels), 'warn'),
    pretty: v.optional(v.boolean(), () => process.stderr.isTTY),
  }), {}),
})

/** Resolves when it answers. Throws MR_OPTIONS_INVALID, and what `millrace broker` would say of its directory, port and settings. */
export async function startEmbeddedKafka(options: EmbeddedKafkaOptions): Promise<EmbeddedKafka> {
  const { log, ...broker } = checkOptions('startEmbeddedKafka', schema, options)
  const thread = await startServerThread({ server: 'kafka', options: broker, log })
  const { host, port } = thread
  return { ...thread, address: `${host.includes(':') ? `[${host}]` : host}:${port}` }
}
