import { InvalidArgumentError, type Command } from 'commander'
import type { Contestant } from '../contestants.ts'

/** Which contestants take part. */
export function withOnlyOption(command: Command): Command {
  return command.option('--only <pattern>', 'only contestants whose name matches this regular expression', pattern, /(?:)/u)
}

/** Those that match. Throws before anything was started when there are none. */
export function chosen(field: readonly Contestant[], only: RegExp): readonly Contestant[] {
  const some = field.filter(({ name }) => only.test(name))
  if (some.length > 0) return some
  throw new InvalidArgumentError(`no contestant matches --only ${only.source}; there are:\n  ${field.map(({ name }) => name).join('\n  ')}`)
}

function pattern(text: string): RegExp {
  try {
    return new RegExp(text, 'u')
  } catch (error) {
    throw new InvalidArgumentError((error as SyntaxError).message)
  }
}
