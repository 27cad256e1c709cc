import { Option } from 'commander'
import type { Command } from 'commander'
import { MillraceError } from '../errors.ts'
import { filled } from './filled.ts'
import { gather } from './gather.ts'
import { withClusterOptions } from './tool-cluster.ts'
import type { ClusterFlags } from './tool-cluster.ts'
import type { ToolHost } from './tool-host.ts'

export interface LettersFlags extends ClusterFlags {
  readonly redis?: string
  readonly deadLetters?: string
  readonly component?: string
  readonly json?: true
}

export interface ListFlags extends LettersFlags {
  readonly all?: true
}

export interface ShowFlags extends LettersFlags {
  readonly payload?: true
}

export interface RetryFlags extends LettersFlags {
  readonly all?: true
  readonly record?: readonly string[]
}

/** `millrace dead-letters …`: what a topology gave up, and its way back. */
export function addDeadLettersCommand(program: Command, host: ToolHost): void {
  const command = program.command('dead-letters').description('List, show and retry the records that a topology has dead-lettered.')
  withOptions(command.command('list'))
    .description('List them with place, error, attempts and time.')
    .argument('<topology>', 'its file or its name')
    .option('--all', 'also those that were retried, and those of results that were replaced')
    .action(async (topology: string, flags: ListFlags) => (await import('./dead-letters.ts')).list(topology, flags, host))
  withOptions(command.command('show'))
    .description('Show one with its headers and the error.')
    .argument('<topology>', 'its file or its name')
    .argument('<record>', 'topic/partition@offset of the record', parseRecord)
    .option('--payload', 'key and value as well')
    .action(async (topology: string, record: string, flags: ShowFlags) => (await import('./dead-letters.ts')).show(topology, record, flags, host))
  withOptions(command.command('retry'))
    .description('Send them through the bolts of the topology again. Each is counted once, however often this is run. Exit code 1 when one fails again.')
    .argument('<file>', 'the topology')
    .addOption(new Option('--all', 'all that are open').conflicts('record'))
    .option('--record <place>', 'this one, topic/partition@offset; may be given often', (value: string, before: readonly string[] | undefined) => gather(parseRecord(value), before))
    .action(async (file: string, flags: RetryFlags) => (await import('./dead-letters.ts')).retry(file, flags, host))
}

function withOptions(command: Command): Command {
  return withClusterOptions(command)
    .addOption(new Option('--redis <url>', 'redis://… or rediss://…; put passwords in the variable').env('MILLRACE_REDIS'))
    .option('--dead-letters <topic>', 'where they are; default: TOPOLOGY.dead-letters', filled)
    .option('--component <id>', 'only those of this component', filled)
    .option('--json', 'one JSON object per line')
}

function parseRecord(text: string): string {
  if (/^[\w.-]+\/\d+@\d+$/.test(text)) return text
  throw new MillraceError('MR_OPTIONS_INVALID', `"${text}" is no place of a record`, { remedy: 'write it as topic/partition@offset, like sentences/0@9720' })
}
