import { isMainThread, parentPort, workerData, type MessagePort } from 'node:worker_threads'
import { systemClock } from '../../base/clock.ts'
import { failing, failpoint } from '../../base/failpoint.ts'
import { pinoLogger } from '../../base/pino-logger.ts'
import { asMillraceError } from '../../errors.ts'
import { describeTopology } from '../../topology/describe.ts'
import { sealOf } from '../../topology/seal-of.ts'
import { loadTopology } from '../../topology/load-topology.ts'
import { withCode } from '../../topology/topology-code.ts'
import { portLink } from '../../transport/port-link.ts'
import { WorkerLoop } from '../worker-loop.ts'
import type { FromWorker, ToWorker, WorkerStart } from './protocol.ts'

/** The main of a worker thread: user code lives here and nowhere else. */
if (isMainThread || parentPort === null) throw new Error('this module is started by millrace in a worker thread')

const port = parentPort
const start = workerData as WorkerStart
const log = pinoLogger(start.log).child({ worker: start.worker })
const post = (message: FromWorker, transfer?: readonly ArrayBuffer[]) => port.postMessage(message, transfer)

try {
  const { loaded: topology, code } = await withCode(start.topologyUrl, () => loadTopology(start.topologyUrl))
  if (failing) await failpoint('worker.loaded')
  const loop = new WorkerLoop({
    worker: start.worker,
    topology,
    connections: start.connections,
    clock: systemClock,
    log,
    metricsEveryMs: start.metricsEveryMs,
    post,
    seal: sealOf(topology),
    soon: (turn) => void setImmediate(turn),
    exit: () => process.exit(0),
  })
  port.on('message', (message: ToWorker<MessagePort>) => {
    if (message.kind === 'attempt') loop.attempt(message.start, message.links.map((link) => (link === undefined ? undefined : portLink(link))))
    else loop.receive(message)
  })
  post({ kind: 'described', description: describeTopology(topology, code) })
} catch (error) {
  post({ kind: 'failed', attempt: 0, error: asMillraceError(error, 'MR_TOPOLOGY_FILE').toData() })
}
