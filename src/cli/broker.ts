import type { EventEmitter } from 'node:events'
import { resolve } from 'node:path'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import { startBroker } from '../embedded/kafka/broker.ts'
import type { RunningServer } from '../embedded/server.ts'
import { brokerOptions } from './broker-command.ts'
import type { BrokerFlags } from './broker-command.ts'
import { exitCode } from './exit-code.ts'
import { onInterrupt } from './interrupts.ts'

/** What the broker needs of the process around it. */
export interface BrokerProcess {
  readonly clock: Clock
  readonly logger: Logger
  /** Emits the names of signals: `process`. */
  readonly signals: EventEmitter
  readonly print: (line: string) => void
  /** Ends the process. */
  exit(code: number): void
}

/** Runs a broker until a signal ends it; resolves when everything is on disk. */
export async function runBroker(flags: BrokerFlags, host: BrokerProcess): Promise<void> {
  const options = brokerOptions(flags)
  const asked = Promise.withResolvers<void>()
  const stopListening = onInterrupt(host.signals, host.clock, { drain: () => asked.resolve(), endNow: () => host.exit(exitCode.interrupted) })
  try {
    const server = await startBroker(options, { clock: host.clock, logger: host.logger })
    host.print(startedLine(server, resolve(options.dataDir)))
    await asked.promise
    await server.close()
  } finally {
    stopListening()
  }
}

function startedLine({ host, port }: RunningServer, dataDir: string): string {
  const reach = host.startsWith('127.') || host === '::1' ? 'reachable from this machine only' : 'WARNING: open to everybody who reaches this address, without authentication'
  return `Kafka broker on ${host.includes(':') ? `[${host}]` : host}:${port}, data in ${dataDir}, ${reach}`
}
