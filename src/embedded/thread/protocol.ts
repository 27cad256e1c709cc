import type { LogLevel } from '../../base/pino-logger.ts'
import type { ErrorData } from '../../errors.ts'
import type { BrokerOptions } from '../kafka/broker.ts'
import type { RedisServerOptions } from '../redis/redis-server.ts'

export interface ThreadLog {
  readonly level: LogLevel
  readonly pretty: boolean
}

/** What a server thread is started with. */
export type ServerStart =
  | { readonly server: 'kafka'; readonly options: BrokerOptions; readonly log: ThreadLog }
  | { readonly server: 'redis'; readonly options: RedisServerOptions; readonly log: ThreadLog }

/** To the server thread: there is one wish. */
export type ToServer = 'close'

/** From the server thread. */
export type FromServer =
  | { readonly kind: 'listening'; readonly host: string; readonly port: number }
  | { readonly kind: 'failed'; readonly error: ErrorData }
