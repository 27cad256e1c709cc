import { ok, type Reply } from '../../resp/reply.ts'
import { integerArgument } from '../arguments.ts'
import { CommandError } from '../command-error.ts'
import type { Command, CommandContext, CommandFlag, CommandHandler } from '../command.ts'
import { container } from '../help.ts'
import { keysAfterCount } from '../keys-after-count.ts'

/** EVAL and its kin: by text or by SHA-1, with writes or without. */
function evaluation(bySha: boolean, readOnly: boolean): CommandHandler {
  return (context: CommandContext, args): Reply => {
    const { scripts } = context.engine
    if (bySha && args[1]!.length !== shaLength) throw new CommandError('NOSCRIPT No matching script. Please use EVAL.')
    const count = integerArgument(args[2]!)
    if (count > args.length - 3) throw new CommandError("ERR Number of keys can't be greater than number of args")
    if (count < 0) throw new CommandError("ERR Number of keys can't be negative")
    const keys = args.slice(3, 3 + count)
    const rest = args.slice(3 + count)
    return bySha ? scripts.evaluateSha(context, args[1]!, keys, rest, readOnly) : scripts.evaluate(context, args[1]!, keys, rest, readOnly)
  }
}

const shaLength = 40

const exists: CommandHandler = ({ engine }, args) => args.slice(2).map((sha) => (engine.scripts.has(sha) ? 1 : 0))

const flush: CommandHandler = ({ engine }, args) => {
  if (args.length > 3 || (args.length === 3 && !/^a?sync$/i.test(args[2]!))) throw new CommandError('ERR SCRIPT FLUSH only support SYNC|ASYNC option')
  engine.scripts.flush()
  return ok
}

/** One script runs at a time, and nothing else beside it. */
const kill: CommandHandler = () => {
  throw new CommandError('NOTBUSY No scripts in execution right now.')
}

const group = 'scripting'
const flags: readonly CommandFlag[] = ['noscript']

export const scriptCommands: readonly Command[] = [
  { name: 'eval', arity: -3, flags: ['noscript', 'stale', 'skip_monitor', 'no_mandatory_keys', 'movablekeys'], group, since: '2.6.0', summary: 'Run a script', keysOf: keysAfterCount(2), run: evaluation(false, false) },
  { name: 'eval_ro', arity: -3, flags: ['readonly', 'noscript', 'stale', 'skip_monitor', 'no_mandatory_keys', 'movablekeys'], group, since: '7.0.0', summary: 'Run a script that writes nothing', keysOf: keysAfterCount(2), run: evaluation(false, true) },
  { name: 'evalsha', arity: -3, flags: ['noscript', 'stale', 'skip_monitor', 'no_mandatory_keys', 'movablekeys'], group, since: '2.6.0', summary: 'Run a script by the SHA-1 of its text', keysOf: keysAfterCount(2), run: evaluation(true, false) },
  { name: 'evalsha_ro', arity: -3, flags: ['readonly', 'noscript', 'stale', 'skip_monitor', 'no_mandatory_keys', 'movablekeys'], group, since: '7.0.0', summary: 'Run a script that writes nothing, by the SHA-1 of its text', keysOf: keysAfterCount(2), run: evaluation(true, true) },
  container({ name: 'script', flags: [], group, since: '2.6.0', summary: 'The scripts that EVALSHA knows' }, [
    { name: 'exists', syntax: '<sha1> [<sha1> ...]', arity: -3, flags, group, since: '2.6.0', summary: 'Which of the scripts are known.', run: exists },
    { name: 'flush', syntax: '[ASYNC|SYNC]', arity: -2, flags, group, since: '2.6.0', summary: 'Forget all scripts.', run: flush },
    { name: 'kill', arity: 2, flags: [...flags, 'allow_busy'], group, since: '2.6.0', summary: 'End the script that runs.', run: kill },
    { name: 'load', syntax: '<script>', arity: 3, flags: [...flags, 'stale'], group, since: '2.6.0', summary: 'Make a script known, without running it.', run: ({ engine }, args) => engine.scripts.load(args[2]!) },
  ]),
]
