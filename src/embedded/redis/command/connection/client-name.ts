import type { Client } from '../../client/client.ts'
import { CommandError } from '../command-error.ts'

const printable = /^[!-~]*$/

/** An empty name takes the name away. */
export function setClientName(client: Client, name: string): void {
  if (!printable.test(name)) throw new CommandError('ERR Client names cannot contain spaces, newlines or special characters.')
  client.name = name
}
