import { clientLine } from '../command/connection/client-facts.ts'
import type { Client } from '../client/client.ts'
import type { Denial } from './denial.ts'

export type AccessContext = 'toplevel' | 'multi' | 'lua'

export interface Refused {
  readonly reason: Denial['reason'] | 'auth'
  readonly context: AccessContext
  readonly object: string
  readonly username: string
}

export interface AccessLogEntry extends Refused {
  count: number
  lastMs: number
  /** A line as of CLIENT LIST. */
  clientInfo: string
}

/** The same again within this time is counted, not listed. */
const groupingMs = 60_000
/** Only among so many of the latest is looked for the same. */
const mostCompared = 10

/** What was refused lately, the latest first. */
export class AccessLog {
  #entries: AccessLogEntry[] = []

  add(refused: Refused, client: Client, nowMs: number, mostEntries: number): void {
    const clientInfo = clientLine(client, nowMs)
    const at = this.#entries.slice(0, mostCompared).findIndex((entry) => isSame(entry, refused) && Math.abs(nowMs - entry.lastMs) <= groupingMs)
    const known = at < 0 ? undefined : this.#entries[at]
    if (known === undefined) {
      this.#entries.unshift({ ...refused, count: 1, lastMs: nowMs, clientInfo })
    } else {
      this.#entries.splice(at, 1)
      this.#entries.unshift(known)
      known.count++
      known.lastMs = nowMs
      known.clientInfo = clientInfo
    }
    if (this.#entries.length > mostEntries) this.#entries.length = mostEntries
  }

  latest(count: number): readonly AccessLogEntry[] {
    return this.#entries.slice(0, count)
  }

  clear(): void {
    this.#entries = []
  }
}

function isSame(a: Refused, b: Refused): boolean {
  return a.reason === b.reason && a.context === b.context && a.object === b.object && a.username === b.username
}
