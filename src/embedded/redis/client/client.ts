import type { User } from '../access/user.ts'
import type { Entry } from '../command/command-table.ts'
import type { Database, KeyWatcher } from '../keyspace/database.ts'
import { noReply, type Reply } from '../resp/reply.ts'
import { ReplyWriter } from '../resp/reply-writer.ts'

export interface QueuedCommand {
  readonly entry: Entry
  readonly args: readonly string[]
}

/** Where a client's replies go. */
export interface ClientConnection {
  readonly address: string
  readonly localAddress: string
  /** Sends what was written, at the end of this turn. */
  flush(): void
  /** Ends the connection; with `afterFlush` when all that was written is sent. */
  close(afterFlush: boolean): void
  /** Goes on with commands that have already arrived. */
  resume(): void
  /** Bytes received and not yet run, and written and not yet taken by the client. */
  readonly unreadBytes: number
  readonly unsentBytes: number
}

/** What the server knows of one client. */
export class Client implements KeyWatcher {
  readonly id: number
  /** Undefined for those that run scripts and replay the log. */
  readonly connection: ClientConnection | undefined
  readonly createdMs: number
  readonly writer = new ReplyWriter()
  db: Database
  /** The default user, unless logged in as another. */
  user: User
  authenticated: boolean
  name = ''
  libraryName = ''
  libraryVersion = ''
  /** When it last sent a command, in ms since 1970. */
  activeMs: number
  lastCommand = 'NULL'
  noEvict = false
  closing = false
  replies: 'on' | 'off' | 'skip-next' | 'skip' = 'on'
  /** Commands between MULTI and EXEC. */
  queue: QueuedCommand[] | undefined
  /** A command between MULTI and EXEC was refused. */
  queueBroken = false
  readonly #watched = new Map<Database, Set<string>>()
  /** A watched key has changed. */
  watchBroken = false
  readonly channels = new Set<string>()
  readonly patterns = new Set<string>()
  /** Set while the client waits for a key; gives it up with this reply, or with what the wait says of its timeout. */
  endWait: ((reply?: Reply) => void) | undefined

  constructor(id: number, user: User, db: Database, nowMs: number, authenticated: boolean, connection?: ClientConnection) {
    this.id = id
    this.user = user
    this.db = db
    this.createdMs = nowMs
    this.activeMs = nowMs
    this.authenticated = authenticated
    this.connection = connection
  }

  get subscriptions(): number {
    return this.channels.size + this.patterns.size
  }

  watch(key: string): void {
    // What is already past its expiry must not break the watch later.
    this.db.peek(key)
    const keys = this.#watched.get(this.db)
    if (keys === undefined) this.#watched.set(this.db, new Set([key]))
    else keys.add(key)
    this.db.watch(key, this)
  }

  unwatch(): void {
    for (const [database, keys] of this.#watched) for (const key of keys) database.unwatch(key, this)
    this.#watched.clear()
    this.watchBroken = false
  }

  /** Keys that have expired since also count as changed. */
  checkWatched(): void {
    for (const [database, keys] of this.#watched) for (const key of keys) database.peek(key)
  }

  keyChanged(): void {
    this.watchBroken = true
  }

  /** Writes an answer, unless the client wants none. */
  answer(reply: Reply): void {
    if (this.replies === 'on') {
      if (reply !== noReply) this.writer.write(reply)
    } else if (this.replies === 'skip-next') {
      this.replies = 'skip'
    } else if (this.replies === 'skip') {
      this.replies = 'on'
    }
  }

  /** Sends something that is no answer, such as a published message. */
  push(reply: Reply): void {
    this.writer.write(reply)
    this.connection?.flush()
  }
}
