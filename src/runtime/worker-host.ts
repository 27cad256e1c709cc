import type { MillraceError } from '../errors.ts'
import type { FromWorker, ToWorker } from './thread/protocol.ts'

/** Makes workers and connects them; threads in production, objects in one thread for simulation. */
export interface WorkerHost<Port> {
  start(worker: number, listener: WorkerListener): WorkerHandle<Port>
  /** Two ends of a new link between two workers. */
  channel(): readonly [Port, Port]
}

export interface WorkerListener {
  message(message: FromWorker): void
  /** Called once, however the worker ended, also after `terminate`. */
  exited(cause: MillraceError): void
}

export interface WorkerHandle<Port> {
  send(message: ToWorker<Port>): void
  /** Ends it at once, wherever it is. */
  terminate(): void
}
