import type { Api } from '../../../wire/message/api.ts'
import type { ApiHandler } from '../api-handler.ts'

export interface ListedVersions {
  readonly key: number
  readonly first: number
  readonly last: number
}

/**
 * Versions that are listed and not served. librdkafka below 2.11 takes compression and consumer
 * groups to be missing when the list does not begin at 0: KAFKA-18659 and KAFKA-19444.
 */
const listedFrom: ReadonlyMap<string, number> = new Map([['Produce', 0], ['JoinGroup', 0]])

/** The handlers by their API's key. */
export class RequestTable {
  readonly #handlers = new Map<number, ApiHandler>()
  /** What ApiVersions tells, by key. */
  readonly listed: readonly ListedVersions[]

  constructor(handlers: readonly ApiHandler[]) {
    for (const handler of handlers) {
      if (this.#handlers.has(handler.api.key)) throw new Error(`two handlers for ${handler.api.name}`)
      this.#handlers.set(handler.api.key, handler)
    }
    this.listed = handlers.map((handler) => {
      const [first, last] = served(handler)
      return { key: handler.api.key, first: listedFrom.get(handler.api.name) ?? first, last }
    }).sort((a, b) => a.key - b.key)
  }

  find(key: number): ApiHandler | undefined {
    return this.#handlers.get(key)
  }

  serves(handler: ApiHandler, version: number): boolean {
    const [first, last] = served(handler)
    return version >= first && version <= last
  }
}

function served({ api, advertised = api.versions }: ApiHandler): Api['versions'] {
  return advertised
}
