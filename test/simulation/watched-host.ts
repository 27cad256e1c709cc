import type { FromWorker, ToWorker } from '../../src/runtime/thread/protocol.ts'
import type { WorkerHandle, WorkerHost, WorkerListener } from '../../src/runtime/worker-host.ts'
import type { Link } from '../../src/transport/link.ts'
import { Violation } from './violation.ts'

/** Sees to it that no attempt runs before all workers are ready for it, for tuples would come to those that are not. */
export class WatchedHost implements WorkerHost<Link> {
  readonly #host: WorkerHost<Link>
  readonly #violated: (violation: Violation) => void
  /** By worker, the last attempt it was ready for. */
  readonly #ready = new Map<number, number>()

  constructor(host: WorkerHost<Link>, violated: (violation: Violation) => void) {
    this.#host = host
    this.#violated = violated
  }

  channel(): readonly [Link, Link] {
    return this.#host.channel()
  }

  start(worker: number, listener: WorkerListener): WorkerHandle<Link> {
    const handle = this.#host.start(worker, {
      message: (message: FromWorker) => {
        if (message.kind === 'ready') this.#ready.set(worker, message.attempt)
        listener.message(message)
      },
      exited: (cause) => listener.exited(cause),
    })
    return {
      send: (message: ToWorker<Link>) => {
        if (message.kind === 'run' && this.#ready.get(worker) !== message.attempt) this.#violated(new Violation(`attempt ${message.attempt} runs, and worker ${worker} is not ready for it`))
        handle.send(message)
      },
      terminate: () => handle.terminate(),
    }
  }
}
