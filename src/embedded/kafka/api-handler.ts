import type { Api, RequestOf, ResponseToWrite } from '../../wire/message/api.ts'

/** What a handler may know of a request besides its fields. */
export interface RequestContext {
  readonly version: number
  readonly clientId: string | null
  /** The client's address as Kafka's tools show it, for example `/127.0.0.1`. */
  readonly clientHost: string
  /** The address of ours that the client has connected to. */
  readonly local: { readonly host: string; readonly port: number }
  /** Aborted when the connection closes: a parked answer is then given up. */
  readonly signal: AbortSignal
}

/** Given instead of a response when the client waits for none (Produce with acks 0). */
export const noResponse: unique symbol = Symbol('no response')

export type Answer<A extends Api> = ResponseToWrite<A> | typeof noResponse

/**
 * Answers one API. Requests of one connection are handed in one after the other, each after the
 * answer of the one before; those of different connections run side by side. What it throws is
 * logged and closes the connection, so everything a client can cause is answered with an error code.
 */
export interface ApiHandler<A extends Api = Api> {
  readonly api: A
  /** First and last version advertised; default: all that the API's tables describe. */
  readonly advertised?: readonly [first: number, last: number]
  /**
   * Whether a request may be handed in before those in front of it on the same connection are
   * answered, when they may too. Answers are sent in order all the same. Default false.
   */
  readonly ahead?: boolean
  handle(request: RequestOf<A>, context: RequestContext): Answer<A> | Promise<Answer<A>>
}

/** Keeps the types of the API. */
export function defineHandler<A extends Api>(handler: ApiHandler<A>): ApiHandler<A> {
  return handler
}
