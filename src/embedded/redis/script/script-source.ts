import { splitInline } from '../resp/inline-request.ts'
import { CommandError } from '../command/command-error.ts'

/** What a script says of itself in a first line `#!lua flags=no-writes,allow-oom`. */
export interface ScriptSource {
  /** Without that line's text; line numbers stay. */
  readonly body: string
  /** False for scripts of the old form, which are checked command by command. */
  readonly declared: boolean
  readonly noWrites: boolean
  readonly allowOom: boolean
}

const flags = new Set(['no-writes', 'allow-oom', 'allow-stale', 'no-cluster', 'allow-cross-slot-keys'])

export function parseSource(text: string): ScriptSource {
  if (!text.startsWith('#!')) return { body: text, declared: false, noWrites: false, allowOom: false }
  const end = text.indexOf('\n')
  if (end < 0) throw new CommandError('ERR Invalid script shebang')
  const [engine, ...options] = splitInline(text.slice(0, end)) ?? []
  if (engine === undefined) throw new CommandError('ERR Invalid engine in script shebang')
  if (engine !== '#!lua') throw new CommandError(`ERR Unexpected engine in script shebang: ${engine}`)
  const found = new Set<string>()
  for (const option of options) {
    if (!option.startsWith('flags=')) throw new CommandError(`ERR Unknown lua shebang option: ${option}`)
    const named = option.slice('flags='.length)
    for (const flag of named === '' ? [] : named.split(',')) {
      if (!flags.has(flag)) throw new CommandError(`ERR Unexpected flag in script shebang: ${flag}`)
      found.add(flag)
    }
  }
  return { body: text.slice(end), declared: true, noWrites: found.has('no-writes'), allowOom: found.has('allow-oom') }
}
