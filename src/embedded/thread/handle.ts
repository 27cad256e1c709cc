import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { asMillraceError, MillraceError } from '../../errors.ts'
import type { FromServer, ServerStart, ToServer } from './protocol.ts'

/** A server of ours in a thread of this process. */
export interface ServerThread {
  readonly host: string
  readonly port: number
  /** Settles when the server has ended; rejects with the cause when nobody closed it. */
  readonly closed: Promise<void>
  /** Writes what is outstanding to disk and ends the thread. May be called more than once. */
  close(): Promise<void>
}

/** Resolves when the server listens, rejects with what kept it from that. */
export function startServerThread(start: ServerStart): Promise<ServerThread> {
  // tsc rewrites imports but not URLs, so the entry's extension is our own.
  const entry = new URL(`./entry${extname(import.meta.url)}`, import.meta.url)
  const thread = new Worker(entry, { workerData: start, name: `millrace embedded ${start.server}` })
  return new Promise((resolve, reject) => {
    let closing = false
    let cause: unknown
    const ended = new Promise<void>((resolve, reject) => {
      thread.once('exit', (code) => {
        if (cause === undefined && closing && code === 0) resolve()
        else reject(asMillraceError(cause ?? new Error(`the thread ended with code ${code}`), 'MR_EMBEDDED_SERVER', { place: { at: `embedded ${start.server}` } }))
      })
    })
    // Whoever does not look at it still has the error of `close`.
    ended.catch(reject)
    thread.once('error', (error) => {
      cause = error
    })
    thread.on('message', (message: FromServer) => {
      if (message.kind === 'failed') {
        cause = MillraceError.fromData(message.error)
        return
      }
      resolve({
        host: message.host,
        port: message.port,
        closed: ended,
        close() {
          if (!closing) thread.postMessage('close' satisfies ToServer)
          closing = true
          return ended
        },
      })
    })
  })
}
