import { Status, type Reply } from '../resp/reply.ts'
import type { Command } from './command.ts'

/** A command of subcommands, with the HELP that lists them. `syntax` of a subcommand is what follows its name. */
export function container(command: Omit<Command, 'run' | 'subcommands' | 'arity'>, subcommands: readonly (Command & { readonly syntax?: string })[]): Command {
  const help: Command = {
    name: 'help', arity: 2, flags: ['loading', 'stale'], group: command.group, since: command.since, summary: 'Print this help.',
    run: () => lines,
  }
  const all = [...subcommands, help]
  const name = command.name.toUpperCase()
  const lines: readonly Reply[] = [
    `${name} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`,
    ...all.flatMap(({ name, summary, syntax }: Command & { readonly syntax?: string }) => [`${name.toUpperCase()}${syntax === undefined ? '' : ` ${syntax}`}`, `    ${summary}`]),
  ].map((line) => new Status(line))
  return { ...command, arity: -2, subcommands: all }
}
