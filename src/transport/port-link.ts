import type { MessagePort } from 'node:worker_threads'
import { transferOf, type Link, type LinkMessage } from './link.ts'

/** A link over a MessagePort that connects two worker threads directly. */
export function portLink(port: MessagePort): Link {
  return {
    send(message) {
      port.postMessage(message, transferOf(message))
    },
    listen(receive) {
      port.on('message', (message: LinkMessage) => receive(message))
    },
    close() {
      port.close()
    },
  }
}
