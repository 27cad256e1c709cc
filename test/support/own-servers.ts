import { fileURLToPath } from 'node:url'

/**
 * Whether tests run on the servers of millrace, each in a process of its own, instead of on Apache
 * Kafka and redis-server. The project of the tests says so.
 */
export function ownServers(): boolean {
  return process.env['MILLRACE_TEST_SERVERS'] === 'own'
}

/** Printed by a server of ours once it answers. */
export const ownServerReady = 'the server is ready'

/** What starts a TypeScript file of this repository: program and first arguments. */
export function nodeOn(file: string): { readonly command: string; readonly args: readonly string[] } {
  return { command: process.execPath, args: ['--conditions=source', fileURLToPath(new URL(`../../${file}`, import.meta.url))] }
}
