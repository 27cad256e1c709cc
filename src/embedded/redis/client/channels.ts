import { matchesGlob } from '../command/glob.ts'
import { PushReply } from '../resp/reply.ts'
import type { Client } from './client.ts'

/** Who listens to which channels and patterns. */
export class Channels {
  readonly #channels = new Map<string, Set<Client>>()
  readonly #patterns = new Map<string, Set<Client>>()

  get channelCount(): number {
    return this.#channels.size
  }

  get patternCount(): number {
    return this.#patterns.size
  }

  channels(): IterableIterator<string> {
    return this.#channels.keys()
  }

  subscribers(channel: string): number {
    return this.#channels.get(channel)?.size ?? 0
  }

  subscribe(client: Client, channel: string): void {
    client.channels.add(channel)
    add(this.#channels, channel, client)
  }

  unsubscribe(client: Client, channel: string): void {
    if (client.channels.delete(channel)) remove(this.#channels, channel, client)
  }

  subscribePattern(client: Client, pattern: string): void {
    client.patterns.add(pattern)
    add(this.#patterns, pattern, client)
  }

  unsubscribePattern(client: Client, pattern: string): void {
    if (client.patterns.delete(pattern)) remove(this.#patterns, pattern, client)
  }

  leave(client: Client): void {
    for (const channel of client.channels) remove(this.#channels, channel, client)
    for (const pattern of client.patterns) remove(this.#patterns, pattern, client)
    client.channels.clear()
    client.patterns.clear()
  }

  /** Returns how many have received it; a client that listens twice receives it twice. */
  publish(channel: string, message: string): number {
    let receivers = 0
    for (const client of this.#channels.get(channel) ?? []) {
      client.push(new PushReply(['message', channel, message]))
      receivers++
    }
    for (const [pattern, clients] of this.#patterns) {
      if (!matchesGlob(pattern, channel)) continue
      for (const client of clients) {
        client.push(new PushReply(['pmessage', pattern, channel, message]))
        receivers++
      }
    }
    return receivers
  }
}

function add(map: Map<string, Set<Client>>, name: string, client: Client): void {
  const clients = map.get(name)
  if (clients === undefined) map.set(name, new Set([client]))
  else clients.add(client)
}

function remove(map: Map<string, Set<Client>>, name: string, client: Client): void {
  const clients = map.get(name)
  clients?.delete(client)
  if (clients?.size === 0) map.delete(name)
}
