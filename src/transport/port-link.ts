import type { MessagePort } from 'node:worker_threads'
import { transferables } from '../tuple/columns.ts'
import type { Link, LinkMessage } from './link.ts'

/** A link over a MessagePort that connects two worker threads directly. */
export function portLink(port: MessagePort): Link {
  return {
    send(message) {
      if (message.kind !== 'batch') port.postMessage(message)
      else {
        const buffers = [message.targets.buffer, message.partitions.buffer, message.offsets.buffer] as ArrayBuffer[]
        port.postMessage(message, [...buffers, ...transferables(message.batch)])
      }
    },
    listen(receive) {
      port.on('message', (message: LinkMessage) => receive(message))
    },
    close() {
      port.close()
    },
  }
}
