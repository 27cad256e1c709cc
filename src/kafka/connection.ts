import * as v from 'valibot'
import { checkOptions } from '../base/options.ts'
import { MillraceError } from '../errors.ts'
import type { Connections } from '../topology/connector.ts'
import { membershipSchema } from './membership-settings.ts'
import type { MembershipSettings } from './membership-settings.ts'

/** How to reach Kafka. Plain data, so that it can be handed to every worker. */
export interface KafkaSettings {
  /** `host:port`, at least one; the others of the cluster are found through them. */
  readonly brokers: readonly string[]
  /** Shown in the broker's logs and quotas. Default `millrace`. */
  readonly clientId?: string | undefined
  /** `true` is TLS with the system's certificate authorities. Default: no TLS. */
  readonly ssl?: boolean | KafkaTls | undefined
  readonly sasl?: KafkaSasl | undefined
  /** Time for one connection to stand. Default 5,000 ms. */
  readonly connectionTimeoutMs?: number | undefined
  /** Time for a broker's answer; a connection that takes longer is rebuilt. Default 30,000 ms. */
  readonly requestTimeoutMs?: number | undefined
  readonly membership?: MembershipSettings | undefined
}

/** The certificates are PEM text, not paths. */
export interface KafkaTls {
  readonly ca?: string | readonly string[] | undefined
  readonly cert?: string | undefined
  readonly key?: string | undefined
  readonly passphrase?: string | undefined
  readonly servername?: string | undefined
  readonly rejectUnauthorized?: boolean | undefined
}

export interface KafkaSasl {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
  readonly username: string
  readonly password: string
}

/** The same with the defaults filled in. */
export type CheckedKafkaSettings = v.InferOutput<typeof settingsSchema>

const address = v.pipe(v.string(), v.check((text) => splitAddress(text) !== undefined, 'must be host:port'))
const milliseconds = v.pipe(v.number(), v.integer(), v.minValue(1))

const settingsSchema = v.strictObject({
  brokers: v.pipe(v.array(address), v.minLength(1, 'at least one broker is needed')),
  clientId: v.optional(v.pipe(v.string(), v.minLength(1)), 'millrace'),
  ssl: v.optional(v.union([v.boolean(), v.strictObject({
    ca: v.optional(v.union([v.string(), v.array(v.string())])),
    cert: v.optional(v.string()),
    key: v.optional(v.string()),
    passphrase: v.optional(v.string()),
    servername: v.optional(v.string()),
    rejectUnauthorized: v.optional(v.boolean()),
  })]), false),
  sasl: v.optional(v.strictObject({
    mechanism: v.picklist(['plain', 'scram-sha-256', 'scram-sha-512']),
    username: v.string(),
    password: v.string(),
  })),
  connectionTimeoutMs: v.optional(milliseconds, 5_000),
  requestTimeoutMs: v.optional(milliseconds, 30_000),
  membership: v.optional(membershipSchema, {}),
})

/** The settings under `kafka`, checked. Throws MR_OPTIONS_INVALID, saying how to name the brokers when there are none. */
export function kafkaSettings(connections: Connections): CheckedKafkaSettings {
  const written = connections['kafka']
  if (typeof written !== 'object' || written === null || !('brokers' in written)) {
    throw new MillraceError('MR_OPTIONS_INVALID', 'kafka: no brokers are named, but the topology reads Kafka', {
      remedy: 'name them with --brokers host:port,… or MILLRACE_BROKERS, or as connections.kafka.brokers',
    })
  }
  return checkOptions('kafka', settingsSchema, written)
}

/** `host:port` or `[::1]:port`. */
export function splitAddress(text: string): { readonly host: string; readonly port: number } | undefined {
  const parts = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/u.exec(text)
  const port = Number(parts?.[3])
  const host = parts?.[1] ?? parts?.[2]
  return host === undefined || port < 1 || port > 65_535 ? undefined : { host, port }
}
