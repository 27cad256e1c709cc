import net from 'node:net'
import tls from 'node:tls'
import Broker from 'kafkajs/src/broker/index.js'
import ConnectionPool from 'kafkajs/src/network/connectionPool.js'
import type { Logger as KafkajsLogger } from 'kafkajs/src/network/connectionPool.js'
import { createErrorFromCode } from 'kafkajs/src/protocol/error.js'
import type { Logger } from '../base/logger.ts'
import { MillraceError } from '../errors.ts'
import { readResponseRest, writeRequest } from '../wire/message/api.ts'
import type { Api, RequestToWrite, ResponseOf } from '../wire/message/api.ts'
import { WireError, WireReader } from '../wire/message/wire-reader.ts'
import type { CheckedKafkaSettings } from './connection.ts'
import { FramePool } from './frame-pool.ts'
import { FrameReader } from './frame-reader.ts'
import { KafkaFailure } from './kafka-failure.ts'
import './kafkajs-guards.ts'

/** A request and the reading of its answer, as kafkajs's own classes have them. */
export interface KafkaProtocol<Decoded, Answer> {
  readonly request: {
    readonly apiKey: number
    readonly apiVersion: number
    readonly apiName: string
    encode(): Promise<unknown>
  }
  readonly response: { decode(bytes: Buffer): Promise<Decoded>; parse(decoded: Decoded): Promise<Answer> }
  /** For answers the broker may withhold: used when longer than the settings' own timeout. */
  readonly requestTimeout?: number
}

/**
 * One connection to one broker. Answers come in the order of the requests, so whatever waits long
 * (Fetch, JoinGroup) wants a link of its own. A broken link stays broken: open another, because
 * kafkajs would go on reading in the middle of the old stream.
 */
export interface KafkaLink {
  readonly address: string
  readonly connected: boolean
  /** Throws {@link KafkaFailure} for what may pass, MillraceError for what never will. */
  send<Decoded, Answer>(protocol: KafkaProtocol<Decoded, Answer>): Promise<Answer>
  /**
   * A request by our own tables, in the highest version both sides know; error codes in the answer
   * are left to the caller. Calls leave in their order. Throws like `send`.
   */
  exchange<A extends Api>(api: A, request: RequestToWrite<A>, options?: ExchangeOptions): Promise<ResponseOf<A>>
  /** A request the broker does not answer. Resolves when the system has taken its bytes. */
  post<A extends Api>(api: A, request: RequestToWrite<A>): Promise<void>
  /** Nobody looks at the answer that these bytes are of any more: later ones may be read into it. */
  reuse(bytes: Buffer): void
  /** Whether the open link keeps the thread alive; it does at first. */
  hold(held: boolean): void
  /** Closes the socket at once; requests in flight fail. */
  close(): void
}

export interface ExchangeOptions {
  /** For answers the broker may withhold: used when longer than the settings' own timeout. */
  readonly timeoutMs?: number | undefined
  /** The lowest version that says what the caller needs. */
  readonly atLeast?: number | undefined
}

/** Connects and logs in. Throws like {@link KafkaLink.send}. */
export async function openLink(host: string, port: number, settings: CheckedKafkaSettings, clientId: string, log: Logger): Promise<KafkaLink> {
  const address = `${host}:${port}`
  let socket: net.Socket | undefined
  let closed = false
  const logger = quietLogger(log)
  const frames = new FramePool()
  const pool = new ConnectionPool({
    host,
    port,
    logger,
    socketFactory: ({ host, port, ssl, onConnect }) => {
      if (closed) throw new Error('the link was closed')
      const onread = inFrames(frames, (frame) => received(frame), (error) => socket!.destroy(error))
      socket = ssl
        ? tls.connect(tlsOptions(host, port, ssl, onread), onConnect)
        : net.connect({ host, port, onread }, onConnect)
      return socket.setNoDelay(true).setKeepAlive(true, 60_000)
    },
    clientId,
    ssl: settings.ssl === true ? {} : settings.ssl || null,
    // kafkajs writes its authenticator into this object.
    sasl: settings.sasl === undefined ? null : { ...settings.sasl },
    connectionTimeout: settings.connectionTimeoutMs,
    requestTimeout: settings.requestTimeoutMs,
    enforceRequestTimeout: true,
    maxInFlightRequests: null,
  })
  const broker = new Broker({ connectionPool: pool, logger, authenticationTimeout: 10_000, allowAutoTopicCreation: false })
  const connection = pool.pool[0]

  /** kafkajs would join a frame with the nothing that was left over behind the last one, and so copy all of it. */
  function received(frame: Buffer): void {
    for (const one of pool.pool) if (one.socket === socket) one.chunks = []
    socket!.emit('data', frame)
  }

  function close(): void {
    closed = true
    // kafkajs hears 'error' but not 'close': without an error its requests in flight would never settle.
    socket?.destroy(new Error('the link was closed'))
  }

  try {
    await broker.connect()
  } catch (thrown) {
    close()
    throw failure(thrown, address, settings)
  }
  const { versions } = broker

  function versionOf(api: Api, atLeast = 0): number {
    const range = versions[api.key]
    const highest = Math.min(api.versions[1], range?.maxVersion ?? -1)
    if (range !== undefined && highest >= Math.max(api.versions[0], range.minVersion, atLeast)) return highest
    throw new MillraceError('MR_KAFKA_VERSION', `the broker speaks ${api.name} ${range === undefined ? 'in no version' : `${range.minVersion} to ${range.maxVersion}`}, needed is ${Math.max(api.versions[0], atLeast)} to ${api.versions[1]}`, {
      place: { at: address },
      remedy: 'use a newer Apache Kafka',
    })
  }

  /** Puts the frame behind those that wait, without copying what is large. */
  function push<A extends Api>(api: A, version: number, request: RequestToWrite<A>, expectResponse: boolean, timeoutMs: number | undefined, written?: () => void): Promise<Buffer | null> {
    return new Promise((resolve, reject) => {
      if (closed || !connection.isConnected()) throw new KafkaFailure('CONNECTION', `${address}: not connected`, true)
      const correlationId = connection.nextCorrelationId()
      const chunks = writeRequest(api, version, correlationId, connection.clientId, request)
      connection.requestQueue.push({
        entry: { apiKey: api.key, apiName: api.name, apiVersion: version, correlationId, resolve: ({ payload }) => resolve(payload), reject },
        expectResponse,
        requestTimeout: timeoutMs ?? null,
        sendRequest() {
          socket!.cork()
          for (let i = 0; i < chunks.length - 1; i++) socket!.write(chunks[i]!)
          socket!.write(chunks.at(-1)!, written)
          socket!.uncork()
        },
      })
    })
  }

  function settled(thrown: unknown): Error {
    const error = failure(thrown, address, settings)
    // a broker that hangs keeps its connections open, and would be asked again and again
    if (error instanceof KafkaFailure && error.type === 'TIMEOUT') close()
    return error
  }

  return {
    address,
    get connected() {
      return !closed && connection.isConnected()
    },
    async send(protocol) {
      const { apiKey, apiVersion, apiName } = protocol.request
      const range = versions[apiKey]
      if (range === undefined || apiVersion < range.minVersion || apiVersion > range.maxVersion) {
        throw new MillraceError('MR_KAFKA_VERSION', `the broker speaks ${apiName} ${range === undefined ? 'in no version' : `${range.minVersion} to ${range.maxVersion}`}, needed is ${apiVersion}`, {
          place: { at: address },
          remedy: 'use Apache Kafka 2.3 or later',
        })
      }
      if (closed || !connection.isConnected()) throw new KafkaFailure('CONNECTION', `${address}: not connected`, true)
      try {
        return await connection.send({ ...protocol, logResponseError: false })
      } catch (thrown) {
        throw settled(thrown)
      }
    },
    async exchange(api, request, { timeoutMs, atLeast } = {}) {
      const version = versionOf(api, atLeast)
      try {
        if (!connection.isAuthenticated()) await connection.authenticate()
        const payload = await push(api, version, request, true, timeoutMs)
        const answer = readResponseRest(api, version, new WireReader(payload!))
        if ('throttleTimeMs' in answer && typeof answer['throttleTimeMs'] === 'number') connection.requestQueue.maybeThrottle(answer['throttleTimeMs'])
        return answer
      } catch (thrown) {
        throw settled(thrown)
      }
    },
    async post(api, request) {
      const version = versionOf(api)
      try {
        if (!connection.isAuthenticated()) await connection.authenticate()
        const written = Promise.withResolvers<void>()
        await Promise.all([written.promise, push(api, version, request, false, undefined, (error?: Error | null) => {
          if (error instanceof Error) written.reject(error)
          else written.resolve()
        })])
      } catch (thrown) {
        throw settled(thrown)
      }
    },
    reuse: (bytes) => frames.give(bytes),
    hold(held) {
      if (held) socket?.ref()
      else socket?.unref()
    },
    close,
  }
}

function tlsOptions(host: string, port: number, ssl: tls.ConnectionOptions, onread: net.OnReadOpts): tls.ConnectionOptions & { readonly onread: net.OnReadOpts } {
  return { host, port, onread, ...(net.isIP(host) === 0 ? { servername: host } : {}), ...ssl }
}

/**
 * Reads a socket frame by frame and gives each to kafkajs in one piece, which it then takes as it is; of
 * pieces it would make a new buffer for every frame.
 */
function inFrames(pool: FramePool, take: (frame: Buffer) => void, fail: (error: Error) => void): net.OnReadOpts {
  const frames = new FrameReader(pool)
  return {
    buffer: () => frames.room(),
    callback(bytes) {
      try {
        const frame = frames.filled(bytes)
        if (frame !== undefined) take(frame)
      } catch (error) {
        fail(error as Error)
      }
      return true
    },
  }
}

/** Kafka's name of an error code. */
export function errorType(code: number): string {
  return createErrorFromCode(code).type
}

/** Throws unless the code is 0. */
export function throwErrorCode(code: number, address: string): void {
  if (code === 0) return
  const error = createErrorFromCode(code)
  throw new KafkaFailure(error.type, `${address}: ${error.message}`, error.retriable)
}

const loginErrors = new Set(['SASL_AUTHENTICATION_FAILED', 'UNSUPPORTED_SASL_MECHANISM', 'ILLEGAL_SASL_STATE'])

/** What kafkajs threw, in our words: no secret, no payload, no object of kafkajs. */
function failure(thrown: unknown, address: string, settings: CheckedKafkaSettings): Error {
  if (thrown instanceof MillraceError || thrown instanceof KafkaFailure) return thrown
  if (thrown instanceof WireError) return new KafkaFailure('CORRUPT_MESSAGE', `${address}: ${thrown.message}`, true)
  if (!(thrown instanceof Error)) return new KafkaFailure('UNKNOWN', `${address}: ${String(thrown)}`, false)
  const { name } = thrown
  const type = 'type' in thrown && typeof thrown.type === 'string' ? thrown.type : undefined
  const code = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : ''
  const message = withoutSecrets(thrown.message, settings)
  if (name === 'KafkaJSSASLAuthenticationError' || (type !== undefined && loginErrors.has(type))) {
    return new MillraceError('MR_KAFKA_AUTH', message, { place: { at: address }, remedy: 'correct the SASL mechanism, user name or password, or leave sasl out when the listener has none' })
  }
  if (/^(ERR_TLS|ERR_SSL|ERR_OSSL|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|CERT_|EPROTO)/u.test(code)) {
    return new MillraceError('MR_KAFKA_AUTH', message, {
      place: { at: address },
      remedy: 'set ssl.ca (and ssl.cert and ssl.key where clients need a certificate), or turn TLS off when the listener has none',
    })
  }
  if (type !== undefined && type.endsWith('_AUTHORIZATION_FAILED')) {
    return new MillraceError('MR_KAFKA_AUTHORIZATION', message, { place: { at: address }, remedy: 'grant the user Read and Describe on the topics and Read on the group' })
  }
  if (type !== undefined) return new KafkaFailure(type, `${address}: ${message}`, 'retriable' in thrown && thrown.retriable === true)
  if (name === 'KafkaJSRequestTimeoutError') return new KafkaFailure('TIMEOUT', `${address}: ${message}`, true)
  if (name.startsWith('KafkaJSConnection') || name === 'KafkaJSLockTimeout') return new KafkaFailure('CONNECTION', `${address}: ${message}`, true)
  return new MillraceError('MR_INTERNAL', `${address}: ${message}`, { place: { at: address } })
}

function withoutSecrets(message: string, settings: CheckedKafkaSettings): string {
  const secret = settings.sasl?.password
  return secret === undefined || secret === '' ? message : message.replaceAll(secret, '…')
}

/** kafkajs reports what we report better ourselves, so all of it is for debugging; requests and payloads are dropped. */
function quietLogger(log: Logger): KafkajsLogger {
  const note = (message: unknown): void => log.debug(`kafkajs: ${message instanceof Error ? message.name : String(message)}`)
  const silent = (): void => {}
  const logger: KafkajsLogger = { namespace: () => logger, error: note, warn: note, info: silent, debug: silent }
  return logger
}
