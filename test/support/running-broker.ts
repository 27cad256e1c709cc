import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../../src/base/clock.ts'
import { systemClock } from '../../src/base/clock.ts'
import type { Logger } from '../../src/base/logger.ts'
import { silentLogger } from '../../src/base/logger.ts'
import { startBroker } from '../../src/embedded/kafka/broker.ts'
import type { BrokerOptions } from '../../src/embedded/kafka/broker.ts'
import type { RunningServer } from '../../src/embedded/server.ts'
import { KafkaConnection } from './kafka-connection.ts'

/** A broker in this thread on a free port and a directory of its own, for one test. */
export class RunningBroker {
  readonly dataDir: string
  #server: RunningServer
  readonly #host: { readonly clock: Clock; readonly logger: Logger }
  readonly #connections: KafkaConnection[] = []

  private constructor(dataDir: string, server: RunningServer, host: { readonly clock: Clock; readonly logger: Logger }) {
    this.dataDir = dataDir
    this.#server = server
    this.#host = host
  }

  static async start(options: Omit<BrokerOptions, 'dataDir'> = {}, host: { readonly clock?: Clock; readonly logger?: Logger } = {}): Promise<RunningBroker> {
    const dataDir = await mkdtemp(join(tmpdir(), 'millrace-broker-'))
    const whole = { clock: systemClock, logger: silentLogger, ...host }
    try {
      return new RunningBroker(dataDir, await startBroker({ dataDir, ...options }, whole), whole)
    } catch (error) {
      await rm(dataDir, { recursive: true, force: true })
      throw error
    }
  }

  get port(): number {
    return this.#server.port
  }

  async connect(): Promise<KafkaConnection> {
    const connection = await KafkaConnection.open(this.port)
    this.#connections.push(connection)
    return connection
  }

  /** Closes it and starts it again on the same directory. */
  async restart(options: Omit<BrokerOptions, 'dataDir'> = {}): Promise<void> {
    await this.close()
    this.#server = await startBroker({ dataDir: this.dataDir, ...options }, this.#host)
  }

  close(): Promise<void> {
    return this.#server.close()
  }

  /** Closes it and takes its directory away. */
  async stop(): Promise<void> {
    for (const connection of this.#connections) connection.close()
    await this.close()
    await rm(this.dataDir, { recursive: true, force: true })
  }
}
