import type { Client } from './client.ts'

/** The clients connected, in the order they came. */
export class Clients {
  readonly #clients = new Map<number, Client>()
  #lastId = 0

  get size(): number {
    return this.#clients.size
  }

  nextId(): number {
    return ++this.#lastId
  }

  add(client: Client): void {
    this.#clients.set(client.id, client)
  }

  remove(client: Client): void {
    this.#clients.delete(client.id)
  }

  get(id: number): Client | undefined {
    return this.#clients.get(id)
  }

  all(): IterableIterator<Client> {
    return this.#clients.values()
  }
}
