import { readFileSync } from 'node:fs'
import { Command } from 'commander'

/** `millrace` without its commands. Faults are thrown as CommanderError. */
export function emptyProgram(): Command {
  return new Command('millrace')
    .description('Runs topologies: spouts read Kafka, bolts work in threads, results land in Redis exactly once.')
    .version(version())
    .exitOverride()
    .configureOutput({ outputError: () => {} })
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
