import { readResponse, writeRequest } from '../../src/wire/message/api.ts'
import type { Api, RequestToWrite, ResponseOf } from '../../src/wire/message/api.ts'
import { RawClient } from './raw-client.ts'

/** A request under way. */
export interface Asked<T> {
  readonly sent: Promise<void>
  /** Never settles when this side has closed the connection before. */
  readonly answer: Promise<T>
  /** Closes the connection the request was sent on, unless the answer has come. */
  hangUp(): void
}

/** Sends single requests of any version to a broker; one that waits for its answer keeps no other waiting. */
export class KafkaPeer {
  readonly #port: number
  readonly #idle: RawClient[] = []
  readonly #all = new Set<RawClient>()
  #isClosed = false

  /** `127.0.0.1:port`. */
  constructor(broker: string) {
    this.#port = Number(broker.split(':')[1])
  }

  ask<A extends Api>(api: A, version: number, request: RequestToWrite<A>): Asked<ResponseOf<A>> {
    const sent = Promise.withResolvers<void>()
    let client: RawClient | undefined
    let isHungUp = false
    const answer = async (): Promise<ResponseOf<A>> => {
      client = this.#idle.pop() ?? await this.#connect()
      client.send(...writeRequest(api, version, 1, 'peer', request))
      sent.resolve()
      const frame = await client.frame()
      if (isHungUp || this.#isClosed) return await new Promise(() => {})
      if (frame === 'closed') throw new Error(`the broker closed the connection on ${api.name} v${version}`)
      this.#idle.push(client)
      client = undefined
      return readResponse(api, version, frame).response
    }
    return {
      sent: sent.promise,
      answer: answer(),
      hangUp: () => {
        isHungUp = true
        client?.close()
      },
    }
  }

  close(): void {
    this.#isClosed = true
    for (const client of this.#all) client.close()
  }

  async #connect(): Promise<RawClient> {
    const client = await RawClient.open(this.#port)
    this.#all.add(client)
    return client
  }
}
