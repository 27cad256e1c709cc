import { parseOpenStreamId } from '../../keyspace/stream-id.ts'
import type { StreamId } from '../../keyspace/stream-id.ts'
import type { StreamTrim } from '../../keyspace/stream-value.ts'
import { integerArgument } from '../arguments.ts'
import { CommandError, syntaxError } from '../command-error.ts'
import { streamIdArgument } from './stream-arguments.ts'

/** What XADD and XTRIM were told to remove. */
export interface Trim {
  readonly trim: StreamTrim
  /** `~`: whole blocks only. */
  readonly inexact: boolean
  /** At most so many entries, 0 for any number. */
  readonly limit: number
}

/** The id XADD is to use; without a sequence or without both it is for the server to choose. */
export type WantedId = { readonly id: StreamId } | { readonly ms: bigint } | undefined

export interface AddArguments {
  readonly trim: Trim | undefined
  readonly create: boolean
  readonly wanted: WantedId
  /** Where the id stands. */
  readonly idAt: number
}

const bothStrategies = 'ERR syntax error, MAXLEN and MINID options at the same time are not compatible'
/** Redis's hundred blocks of a hundred entries. */
const usualLimit = 10_000

/** The options of XADD up to its id. */
export function addArguments(args: readonly string[]): AddArguments {
  const options = new TrimOptions(args, true)
  let create = true
  let at = 2
  for (; at < args.length && args[at] !== '*'; at++) {
    const taken = options.take(at)
    if (taken > 0) at += taken - 1
    else if (args[at]!.toLowerCase() === 'nomkstream') create = false
    else break
  }
  const text = args[at] ?? '*'
  const wanted = text === '*' ? undefined : wantedId(text)
  return { trim: options.result(), create, wanted, idAt: at }
}

/** The options of XTRIM. */
export function trimArguments(args: readonly string[]): Trim {
  const options = new TrimOptions(args, false)
  for (let at = 2; at < args.length; ) {
    const taken = options.take(at)
    if (taken === 0) throw syntaxError()
    at += taken
  }
  return options.result()!
}

function wantedId(text: string): WantedId {
  const ms = parseOpenStreamId(text)
  if (ms !== undefined) return { ms }
  return { id: streamIdArgument(text) }
}

class TrimOptions {
  readonly #args: readonly string[]
  /** XADD, which need not trim. */
  readonly #adding: boolean
  #trim: StreamTrim | undefined
  #inexact = false
  #limit: number | undefined

  constructor(args: readonly string[], adding: boolean) {
    this.#args = args
    this.#adding = adding
  }

  /** How many arguments the option at this place takes; 0 when it is none. */
  take(at: number): number {
    const name = this.#args[at]!.toLowerCase()
    if (at + 1 >= this.#args.length) return 0
    if (name === 'limit') return this.#takeLimit(at)
    if (name !== 'maxlen' && name !== 'minid') return 0
    if (this.#trim !== undefined) throw new CommandError(bothStrategies)
    const next = this.#args[at + 1]!
    const marked = at + 2 < this.#args.length && (next === '~' || next === '=')
    this.#inexact = marked && next === '~'
    const value = marked ? this.#args[at + 2]! : next
    this.#trim = name === 'maxlen' ? { keep: lengthArgument(value) } : { from: streamIdArgument(value) }
    return marked ? 3 : 2
  }

  #takeLimit(at: number): number {
    this.#limit = integerArgument(this.#args[at + 1]!)
    if (this.#limit < 0) throw new CommandError('ERR The LIMIT argument must be >= 0.')
    return 2
  }

  result(): Trim | undefined {
    const trim = this.#trim
    if (trim === undefined && this.#limit !== undefined && this.#limit > 0) throw new CommandError('ERR syntax error, LIMIT cannot be used without specifying a trimming strategy')
    if (trim === undefined && !this.#adding) throw new CommandError('ERR syntax error, XTRIM must be called with a trimming strategy')
    if (this.#limit !== undefined && !this.#inexact) throw new CommandError('ERR syntax error, LIMIT cannot be used without the special ~ option')
    if (trim === undefined) return undefined
    return { trim, inexact: this.#inexact, limit: this.#inexact ? (this.#limit ?? usualLimit) : 0 }
  }
}

function lengthArgument(text: string): number {
  const length = integerArgument(text)
  if (length < 0) throw new CommandError('ERR The MAXLEN argument must be >= 0.')
  return length
}
