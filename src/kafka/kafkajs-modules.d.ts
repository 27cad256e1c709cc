/** The insides of kafkajs 2.2.4 that the data path and the cluster use; the version is pinned for their sake. */
declare module 'kafkajs/src/broker/index.js' {
  import type ConnectionPool from 'kafkajs/src/network/connectionPool.js'
  import type { Logger } from 'kafkajs/src/network/connectionPool.js'
  export default class Broker {
    constructor(options: {
      connectionPool: ConnectionPool
      logger: Logger
      authenticationTimeout: number
      allowAutoTopicCreation: boolean
    })
    readonly versions: Readonly<Record<number, { readonly minVersion: number; readonly maxVersion: number }>>
    connect(): Promise<void>
  }
}

declare module 'kafkajs/src/network/connectionPool.js' {
  import type { Socket } from 'node:net'
  export interface Logger {
    namespace(name: string): Logger
    error(message: unknown, extra?: Record<string, unknown>): void
    warn(message: unknown, extra?: Record<string, unknown>): void
    info(message: unknown, extra?: Record<string, unknown>): void
    debug(message: unknown, extra?: Record<string, unknown>): void
  }
  import type RequestQueue from 'kafkajs/src/network/requestQueue/index.js'
  export interface Connection {
    readonly socket: Socket | null
    /** What has come and is not yet a whole answer; after one, an empty buffer. */
    chunks: Buffer[]
    readonly clientId: string
    readonly requestQueue: RequestQueue
    isConnected(): boolean
    /** False also when the login is about to end. */
    isAuthenticated(): boolean
    authenticate(): Promise<void>
    nextCorrelationId(): number
    send<Decoded, Answer>(protocol: {
      request: {
        readonly apiKey: number
        readonly apiVersion: number
        readonly apiName: string
        encode(): Promise<unknown>
      }
      response: { decode(bytes: Buffer): Promise<Decoded>; parse(decoded: Decoded): Promise<Answer> }
      requestTimeout?: number | null
      logResponseError?: boolean
    }): Promise<Answer>
  }
  export default class ConnectionPool {
    constructor(options: {
      host: string
      port: number
      logger: Logger
      socketFactory: (target: { host: string; port: number; ssl?: object | null; onConnect: () => void }) => Socket
      clientId: string
      ssl: object | null
      sasl: object | null
      connectionTimeout: number
      requestTimeout: number
      enforceRequestTimeout: boolean
      maxInFlightRequests: number | null
    })
    readonly pool: readonly [Connection, Connection]
  }
}

declare module 'kafkajs/src/network/requestQueue/index.js' {
  export default class RequestQueue {
    pending: readonly unknown[]
    inflight: ReadonlyMap<number, { readonly sentAt: number; readonly requestTimeout: number; timeoutRequest(): void }>
    requestTimeout: number
    throttledUntil: number
    push(request: {
      readonly entry: {
        readonly apiKey: number
        readonly apiName: string
        readonly apiVersion: number
        readonly correlationId: number
        resolve(answer: { readonly payload: Buffer | null }): void
        reject(error: Error): void
      }
      readonly expectResponse: boolean
      readonly requestTimeout: number | null
      sendRequest(): void
    }): void
    maybeThrottle(throttleMs: number | null): void
    isConnected(): boolean
    checkPendingRequests(): void
    scheduleCheckPendingRequests(): void
    scheduleRequestTimeoutCheck(): void
    destroy(): void
  }
}

declare module 'kafkajs/src/protocol/error.js' {
  export function createErrorFromCode(code: number): Error & { readonly type: string; readonly code: number; readonly retriable: boolean }
}

declare module 'kafkajs/src/protocol/encoder.js' {
  export default class Encoder {
    writeInt32(value: number): this
    writeBoolean(value: boolean): this
  }
}

declare module 'kafkajs/src/protocol/requests/metadata/v6/request.js' {
  export default function request(options: { topics: readonly string[]; allowAutoTopicCreation: boolean }): {
    apiKey: number; apiVersion: number; apiName: string; encode(): Promise<unknown>
  }
}
declare module 'kafkajs/src/protocol/requests/metadata/v6/response.js' {
  export interface Decoded {
    readonly clientSideThrottleTime: number
    readonly controllerId: number
    readonly brokers: readonly { readonly nodeId: number; readonly host: string; readonly port: number }[]
    readonly topicMetadata: readonly {
      readonly topicErrorCode: number
      readonly topic: string
      readonly partitionMetadata: readonly { readonly partitionErrorCode: number; readonly partitionId: number; readonly leader: number }[]
    }[]
  }
  const response: { decode(bytes: Buffer): Promise<Decoded> }
  export default response
}

declare module 'kafkajs/src/protocol/requests/findCoordinator/v2/request.js' {
  export default function request(options: { coordinatorKey: string; coordinatorType: number }): {
    apiKey: number; apiVersion: number; apiName: string; encode(): Promise<unknown>
  }
}
declare module 'kafkajs/src/protocol/requests/findCoordinator/v2/response.js' {
  interface Decoded { readonly coordinator: { readonly nodeId: number; readonly host: string; readonly port: number } }
  const response: { decode(bytes: Buffer): Promise<Decoded>; parse(decoded: Decoded): Promise<Decoded> }
  export default response
}

declare module 'kafkajs/src/protocol/requests/fetch/v11/request.js' {
  export default function request(options: {
    replicaId: number
    maxWaitTime: number
    minBytes: number
    maxBytes: number
    isolationLevel: 0 | 1
    topics: readonly { topic: string; partitions: readonly { partition: number; fetchOffset: string; maxBytes: number }[] }[]
  }): { apiKey: number; apiVersion: number; apiName: string; encode(): Promise<unknown> }
}

declare module 'kafkajs/src/protocol/requests/listOffsets/v3/request.js' {
  export default function request(options: {
    replicaId: number
    isolationLevel: 0 | 1
    topics: readonly { topic: string; partitions: readonly { partition: number; timestamp: number }[] }[]
  }): { apiKey: number; apiVersion: number; apiName: string; encode(): Promise<unknown> }
}
declare module 'kafkajs/src/protocol/requests/listOffsets/v3/response.js' {
  interface Decoded {
    readonly responses: readonly { readonly topic: string; readonly partitions: readonly { readonly partition: number; readonly offset: string; readonly timestamp: string }[] }[]
  }
  const response: { decode(bytes: Buffer): Promise<Decoded>; parse(decoded: Decoded): Promise<Decoded> }
  export default response
}
