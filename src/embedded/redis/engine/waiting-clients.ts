import type { Clock } from '../../../base/clock.ts'
import type { Client } from '../client/client.ts'
import type { Wait } from '../command/command.ts'
import type { KeyWatcher } from '../keyspace/database.ts'
import type { Reply } from '../resp/reply.ts'

interface Waiting {
  readonly client: Client
  readonly wait: Wait
  readonly order: number
  readonly end: () => void
}

/** Clients that wait for keys to change, first come, first served. */
export class WaitingClients {
  readonly #clock: Clock
  readonly #ready = new Set<Waiting>()
  readonly #answer: (client: Client, reply: Reply) => void
  #order = 0
  #size = 0

  constructor(clock: Clock, answer: (client: Client, reply: Reply) => void) {
    this.#clock = clock
    this.#answer = answer
  }

  get size(): number {
    return this.#size
  }

  get anyReady(): boolean {
    return this.#ready.size > 0
  }

  add(client: Client, wait: Wait): void {
    const database = client.db
    const watcher: KeyWatcher = { keyChanged: () => void this.#ready.add(waiting) }
    const timer = wait.timeoutMs === 0 ? undefined : this.#clock.setTimer(wait.timeoutMs, () => client.endWait?.(), false)
    const end = (): void => {
      timer?.cancel()
      for (const key of wait.keys) database.unwatch(key, watcher)
      this.#ready.delete(waiting)
      this.#size--
      client.endWait = undefined
    }
    const waiting: Waiting = { client, wait, order: this.#order++, end }
    client.endWait = (reply = wait.timedOut) => {
      end()
      this.#answer(client, reply)
    }
    for (const key of wait.keys) database.watch(key, watcher)
    this.#size++
  }

  /** Lets those try whose keys have changed, until nothing more comes of it. */
  serve(attempt: (client: Client, wait: Wait) => Reply | undefined): void {
    while (this.#ready.size > 0) {
      const round = [...this.#ready].sort((a, b) => a.order - b.order)
      this.#ready.clear()
      for (const { client, wait, end } of round) {
        if (client.endWait === undefined) continue
        const reply = attempt(client, wait)
        if (reply === undefined) continue
        end()
        this.#answer(client, reply)
      }
    }
  }
}
