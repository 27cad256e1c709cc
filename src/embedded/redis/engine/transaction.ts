import type { Client } from '../client/client.ts'

/** Back to a client that is not between MULTI and EXEC and watches nothing. */
export function endTransaction(client: Client): void {
  client.queue = undefined
  client.queueBroken = false
  client.unwatch()
}
