import { systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/logger.ts'
import { MillraceError } from '../../src/errors.ts'
import { connect } from '../../src/kafka/kafka-source.ts'
import type { SourceProcessOptions } from './source-process.ts'

/** One line of standard output. */
export interface SourceEvent {
  readonly event: 'start' | 'assigned' | 'revoked' | 'lost' | 'failed'
  /** Ms since 1970. */
  readonly at: number
  readonly partitions?: readonly string[]
  readonly code?: string
  readonly remedy?: string | undefined
}

function tell(event: SourceEvent['event'], more: Partial<SourceEvent> = {}): void {
  process.stdout.write(`${JSON.stringify({ event, at: Date.now(), ...more })}\n`)
}

function tellFailure(error: unknown): void {
  if (error instanceof MillraceError) tell('failed', { code: error.code, remedy: error.remedy })
  else throw error
}

const { topology, instance, kafka, spout } = JSON.parse(process.argv[2]!) as SourceProcessOptions
const source = connect({
  topology,
  instance,
  fingerprint: '',
  code: '',
  generation: 'live',
  connections: { kafka },
  start: {},
  components: [{ component: 'lines', tasks: 1, options: spout }],
  clock: systemClock,
  log: silentLogger,
})
process.stdin.on('end', () => void source.close()).resume()
tell('start')
await source.open({
  assigned: (partitions) => tell('assigned', { partitions: partitions.map(({ partition }) => partition) }),
  revoked: async () => tell('revoked'),
  lost: () => tell('lost'),
  failed: tellFailure,
}).catch(tellFailure)
