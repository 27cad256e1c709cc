/**
 * An answer that is an error. The text is what goes over the wire after the dash, its first word the
 * code: `ERR syntax error`. Handlers throw it or, where it is one of several answers, return it.
 */
export class CommandError extends Error {
  override readonly name = 'CommandError'
}

export function wrongType(): CommandError {
  return new CommandError('WRONGTYPE Operation against a key holding the wrong kind of value')
}

export function syntaxError(): CommandError {
  return new CommandError('ERR syntax error')
}

export function notAnInteger(): CommandError {
  return new CommandError('ERR value is not an integer or out of range')
}

export function notAFloat(): CommandError {
  return new CommandError('ERR value is not a valid float')
}

/** `command` is the full name, `config|get` for a subcommand. */
export function wrongArity(command: string): CommandError {
  return new CommandError(`ERR wrong number of arguments for '${command}' command`)
}

export function noSuchKey(): CommandError {
  return new CommandError('ERR no such key')
}
