import { readResponse, writeRequest } from '../../src/wire/message/api.ts'
import type { Api, RequestToWrite, ResponseOf } from '../../src/wire/message/api.ts'
import { RawClient } from './raw-client.ts'

/** A connection that speaks Kafka's protocol by its tables and knows nothing else: no retries, no metadata. */
export class KafkaConnection {
  readonly raw: RawClient
  #correlationId = 0

  private constructor(raw: RawClient) {
    this.raw = raw
  }

  static async open(port: number): Promise<KafkaConnection> {
    return new KafkaConnection(await RawClient.open(port))
  }

  /** Default version: the newest of the table. */
  async ask<A extends Api>(api: A, request: RequestToWrite<A>, version = api.versions[1]): Promise<ResponseOf<A>> {
    const correlationId = this.tell(api, request, version)
    const frame = await this.raw.frame()
    if (frame === 'closed') throw new Error(`the broker closed the connection on ${api.name}`)
    const answer = readResponse(api, version, frame)
    if (answer.correlationId !== correlationId) throw new Error(`answer ${answer.correlationId} came to request ${correlationId}`)
    return answer.response
  }

  /** Sends and waits for nothing. */
  tell<A extends Api>(api: A, request: RequestToWrite<A>, version = api.versions[1]): number {
    const correlationId = ++this.#correlationId
    this.raw.send(...writeRequest(api, version, correlationId, 'tests', request))
    return correlationId
  }

  close(): void {
    this.raw.close()
  }
}
