import { CommandError } from '../command/command-error.ts'
import type { Denial } from './denial.ts'

/** The error of a command that came from a client. */
export function notPermitted({ reason, object }: Denial): CommandError {
  return new CommandError(`NOPERM this user has no permissions to ${reason === 'command' ? `run the '${object}' command` : `access one of the ${reason}s used as arguments`}`)
}

const atExec = {
  command: 'no permission to execute the command or subcommand',
  key: 'no permission to touch the specified keys',
  channel: 'no permission to access one of the channels used as arguments',
} as const

/** The error of a command between MULTI and EXEC that was allowed when it was sent. */
export function noLongerPermitted({ reason }: Denial): CommandError {
  return new CommandError(`NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call. This command is no longer allowed for the following reason: ${atExec[reason]}`)
}

const inScripts = {
  command: "can't run this command or subcommand",
  key: "can't access at least one of the keys mentioned in the command arguments",
  channel: "can't publish to the channel mentioned in the command",
} as const

/** The error of a command that a script calls. */
export function notPermittedInScript({ reason }: Denial): CommandError {
  return new CommandError(`ERR The user executing the script ${inScripts[reason]}`)
}

/** What ACL DRYRUN answers. */
export function wouldNotBePermitted({ reason, object }: Denial): string {
  return `This user has no permissions to ${reason === 'command' ? `run the '${object}' command` : `access the '${object}' ${reason}`}`
}
