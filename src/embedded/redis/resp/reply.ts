import type { CommandError } from '../command/command-error.ts'

/**
 * What a command answers. Texts are byte strings: every character is one byte (latin1), so any bytes
 * go in and come out exactly.
 *
 * | value                 | RESP2                | RESP3        |
 * |-----------------------|----------------------|--------------|
 * | string, Buffer        | bulk string          | bulk string  |
 * | number, bigint        | integer              | integer      |
 * | null                  | null bulk string     | null         |
 * | nullArray             | null array           | null         |
 * | boolean               | integer 1 or 0       | boolean      |
 * | array                 | array                | array        |
 * | Status                | simple string        | simple string|
 * | CommandError          | error                | error        |
 * | MapReply              | flat array           | map          |
 * | PairsReply            | flat array           | array of pairs |
 * | PairedMapReply        | array of pairs       | map          |
 * | SetReply              | array                | set          |
 * | DoubleReply           | bulk string          | double       |
 * | BigNumberReply        | bulk string          | big number   |
 * | VerbatimReply         | bulk string          | verbatim text|
 * | PushReply             | array                | push         |
 * | SeveralReplies        | each of them, without anything around    ||
 * | noReply               | nothing                                  ||
 *
 * A number must be an integer; a fraction is a DoubleReply. A Buffer is read before the next command runs.
 */
export type Reply =
  | string
  | Buffer
  | number
  | bigint
  | null
  | boolean
  | readonly Reply[]
  | typeof nullArray
  | typeof noReply
  | Status
  | CommandError
  | MapReply
  | PairsReply
  | PairedMapReply
  | SetReply
  | DoubleReply
  | BigNumberReply
  | VerbatimReply
  | PushReply
  | SeveralReplies

export const nullArray: unique symbol = Symbol('null array')
export const noReply: unique symbol = Symbol('no reply')

export class Status {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

export const ok = new Status('OK')
export const queued = new Status('QUEUED')

export class MapReply {
  /** Keys and values in turn. */
  readonly flat: readonly Reply[]

  constructor(flat: readonly Reply[]) {
    this.flat = flat
  }
}

/** Members with their scores, fields with their values. */
export class PairsReply {
  readonly flat: readonly Reply[]

  constructor(flat: readonly Reply[]) {
    this.flat = flat
  }
}

/** Streams with what was read from them. */
export class PairedMapReply {
  /** Keys and values in turn. */
  readonly flat: readonly Reply[]

  constructor(flat: readonly Reply[]) {
    this.flat = flat
  }
}

export class SetReply {
  readonly items: readonly Reply[]

  constructor(items: readonly Reply[]) {
    this.items = items
  }
}

export class DoubleReply {
  readonly value: number

  constructor(value: number) {
    this.value = value
  }
}

export class BigNumberReply {
  readonly digits: string

  constructor(digits: string) {
    this.digits = digits
  }
}

export class VerbatimReply {
  readonly text: string
  /** Three characters. */
  readonly format: string

  constructor(text: string, format = 'txt') {
    this.text = text
    this.format = format
  }
}

/** Sent outside of the order of requests and answers (published messages). */
export class PushReply {
  readonly items: readonly Reply[]

  constructor(items: readonly Reply[]) {
    this.items = items
  }
}

/** SUBSCRIBE answers once for each channel. */
export class SeveralReplies {
  readonly replies: readonly Reply[]

  constructor(replies: readonly Reply[]) {
    this.replies = replies
  }
}

/** The first and second, the third and fourth … as arrays. */
export function pairsOf(flat: readonly Reply[]): readonly (readonly Reply[])[] {
  const pairs: (readonly Reply[])[] = []
  for (let i = 0; i < flat.length; i += 2) pairs.push(flat.slice(i, i + 2))
  return pairs
}
