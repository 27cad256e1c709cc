import { systemClock } from '../../../src/base/clock.ts'
import { silentLogger } from '../../../src/base/logger.ts'
import { startBroker } from '../../../src/embedded/kafka/broker.ts'

/** A broker on the directory, with the settings; prints its port, and closes on SIGTERM. */
const [dataDir, settings = '{}'] = process.argv.slice(2)
const broker = await startBroker({ dataDir: dataDir!, settings: JSON.parse(settings) as Record<string, string> }, { clock: systemClock, logger: silentLogger })
process.once('SIGTERM', () => void broker.close().then(() => process.exit(0)))
process.stdout.write(`${broker.port}\n`)
