import { once } from 'node:events'
import { resolve } from 'node:path'
import { systemClock } from '../base/clock.ts'
import { pinoLogger } from '../base/pino-logger.ts'
import { startBroker } from '../embedded/kafka/broker.ts'
import type { RunningServer } from '../embedded/server.ts'
import type { BrokerFlags } from './broker-command.ts'
import { brokerOptions } from './broker-options.ts'
import { exitCode } from './exit-code.ts'
import { onInterrupt } from './interrupts.ts'
import { writeOutput } from './standard-output.ts'

/** Runs a broker until a signal ends it; resolves when everything is on disk. */
export async function runBroker(flags: BrokerFlags): Promise<void> {
  const options = brokerOptions(flags)
  const ending = new AbortController()
  const asked = once(ending.signal, 'abort')
  const stopListening = onInterrupt(process, systemClock, { drain: () => ending.abort(), endNow: () => process.exit(exitCode.interrupted) })
  try {
    const server = await startBroker(options, { clock: systemClock, logger: pinoLogger({ level: flags.logLevel }), signal: ending.signal })
    writeOutput(`${startedLine(server, resolve(options.dataDir))}\n`)
    await asked
    await server.close()
  } catch (thrown) {
    if (thrown !== ending.signal.reason) throw thrown
  } finally {
    stopListening()
  }
}

function startedLine({ host, port }: RunningServer, dataDir: string): string {
  const reach = host.startsWith('127.') || host === '::1' ? 'reachable from this machine only' : 'WARNING: open to everybody who reaches this address, without authentication'
  return `Kafka broker on ${host.includes(':') ? `[${host}]` : host}:${port}, data in ${dataDir}, ${reach}`
}
