import { extname } from 'node:path'
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads'
import { MillraceError } from '../../errors.ts'
import type { WorkerHost } from '../worker-host.ts'
import type { FromWorker, WorkerStart } from './protocol.ts'

/** Workers as threads of this process. */
export function threadHost(start: Omit<WorkerStart, 'worker'>): WorkerHost<MessagePort> {
  // tsc rewrites imports but not URLs, so the entry's extension is our own; run from source, the
  // thread also needs the condition under which `millrace` means the source.
  const extension = extname(import.meta.url)
  const entry = new URL(`./entry${extension}`, import.meta.url)
  const execArgv = extension === '.ts' && !process.execArgv.includes('--conditions=source') ? [...process.execArgv, '--conditions=source'] : process.execArgv
  return {
    channel() {
      const { port1, port2 } = new MessageChannel()
      return [port1, port2]
    },
    start(worker, listener) {
      const workerData: WorkerStart = { ...start, worker }
      const thread = new Worker(entry, { workerData, execArgv, name: `millrace worker ${worker}`, resourceLimits: { maxYoungGenerationSizeMb: 96 } })
      let cause: unknown
      thread.on('message', (message: FromWorker) => listener.message(message))
      thread.on('error', (error) => {
        cause = error
      })
      thread.on('exit', (code) => {
        listener.exited(new MillraceError('MR_WORKER_DIED', `worker ${worker} ended with ${cause === undefined ? `exit code ${code}` : 'an error'}`, { cause }))
      })
      return {
        send(message) {
          const ports = message.kind === 'attempt' ? message.links.filter((port) => port !== undefined) : []
          thread.postMessage(message, ports)
        },
        terminate() {
          void thread.terminate()
        },
      }
    },
  }
}
