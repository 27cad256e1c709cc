import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Failpoint } from '../../../src/base/failpoint.ts'
import { exitCode } from '../../../src/cli/exit-code.ts'
import { shares } from '../../support/topics.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { sessionTimeoutMs, type Ground } from '../ground.ts'
import { workerEnds } from '../worker-orders.ts'
import type { FaultKind } from './fault-kind.ts'

const kill: FaultKind = {
  name: 'kill -9 of a process',
  share: 5,
  async strike(ground) {
    const instance = ground.anInstance()
    await delay(ground.below(500))
    await ground.fleet.end(instance, 'SIGKILL')
    ground.fleet.start(instance)
    // Every other one is killed again while it starts.
    if (ground.below(2) === 0) {
      await delay(ground.below(1000))
      await ground.fleet.end(instance, 'SIGKILL')
      ground.fleet.start(instance)
    }
    await ground.recovered()
    return true
  },
}

/** Until a process has been told that its place is taken, and has closed everything. */
const tellingMs = 30_000
/** It is woken long before. */
const stoppedMs = 60_000

/** Passed once by a process that starts, or again and again while it counts. */
const atStart: readonly Failpoint[] = [
  'worker.start', 'worker.described', 'worker.loaded', 'attempt.begin', 'attempt.send', 'attempt.open', 'attempt.ready', 'attempt.run', 'store.open',
  'load.answer', 'acquire.send', 'acquire.answer', 'source.open', 'ranges.answer', 'group.join', 'group.joined', 'group.sync', 'group.synced', 'group.mirrored', 'partitions.assigned',
]
const whileCounting: readonly Failpoint[] = [
  'epoch.cut', 'epoch.gathered', 'epoch.committed', 'batch.received', 'marker.received', 'epoch.mark', 'epoch.seal', 'epoch.sealed', 'commit.send', 'commit.sent', 'commit.answer',
  'fetch.request', 'fetch.answer', 'fetch.decode', 'group.heartbeat', 'group.alive', 'group.commit', 'group.committed',
]
const atEnd: readonly Failpoint[] = ['drain.begin', 'drain.end', 'run.close', 'attempt.close', 'group.leave', 'group.left']

let logs = 0

function failpointLog(ground: Ground): string {
  const log = join(ground.dir, `failpoint-${++logs}`)
  writeFileSync(log, '')
  return log
}

const failpoint: FaultKind = {
  name: 'kill at a failpoint',
  share: 5,
  async strike(ground) {
    const phase = ground.below(3)
    const points = [atStart, whileCounting, atEnd][phase]!
    const point = points[ground.below(points.length)]!
    const fault = `${point}=kill@${phase === 1 ? 1 + ground.below(8) : 1}`
    const log = failpointLog(ground)
    const instance = ground.anInstance()
    await ground.fleet.end(instance, 'SIGKILL')
    const process = ground.fleet.start(instance, { MILLRACE_FAILPOINTS: fault, MILLRACE_FAILPOINTS_LOG: log })
    ground.fleet.expectEnd(instance)
    if (phase === 2) {
      await ground.recovered()
      process.kill('SIGTERM')
    }
    await Promise.race([process.ended, delay(20_000)])
    process.kill('SIGKILL')
    await process.ended
    ground.fleet.start(instance)
    await ground.recovered()
    return readFileSync(log, 'utf8') !== ''
  },
}

const rolling: FaultKind = {
  name: 'rolling restart',
  share: 1,
  async strike(ground) {
    for (const instance of ground.fleet.instances) {
      const { code } = await ground.fleet.end(instance, 'SIGTERM')
      if (code !== 0) throw new Error(`process ${instance} ended with ${code} after SIGTERM`)
      ground.fleet.start(instance)
      await ground.recovered()
    }
    return true
  },
}

const rebalance: FaultKind = {
  name: 'process comes, process goes',
  share: 2,
  async strike(ground) {
    const { fleet } = ground
    const stable = (members: number): Promise<void> => waitUntil(`${members} members`, async () => {
      const found = await shares(ground.kafka.brokers, ground.topology)
      return found.length === members && found.every((share) => share > 0)
    })
    fleet.start('c')
    await stable(3)
    await ground.progress(100)
    await fleet.end('c', ground.below(2) === 0 ? 'SIGTERM' : 'SIGKILL')
    await stable(2)
    await ground.recovered()
    return true
  },
}

const zombie: FaultKind = {
  name: 'zombie: stopped for longer than its session',
  share: 1,
  async strike(ground) {
    const process = ground.fleet.process(ground.anInstance())
    process.kill('SIGSTOP')
    await delay(sessionTimeoutMs + 500 + ground.below(1500))
    await ground.progress(100)
    process.kill('SIGCONT')
    await ground.recovered()
    return true
  },
}

const midCommit: FaultKind = {
  name: 'zombie: stopped before a commit, awake when another has its place',
  share: 2,
  async strike(ground) {
    const { fleet } = ground
    const instance = ground.anInstance()
    const log = failpointLog(ground)
    await fleet.end(instance, 'SIGKILL')
    const old = fleet.start(instance, { MILLRACE_FAILPOINTS: `commit.send=stop:${stoppedMs}@${1 + ground.below(5)}`, MILLRACE_FAILPOINTS_LOG: log })
    fleet.expectEnd(instance)
    await waitUntil('the process to stop', () => readFileSync(log, 'utf8') !== '')
    fleet.start(instance)
    await ground.recovered()
    old.kill('SIGCONT')
    const ended = await Promise.race([old.ended, delay(tellingMs)])
    old.kill('SIGKILL')
    if (ended?.code !== exitCode.failed) throw new Error(`whose place was taken ${ended === undefined ? 'goes on' : `has ended with ${ended.signal ?? ended.code}`}`)
    return true
  },
}

function workerEnd(end: typeof workerEnds[number]): FaultKind {
  return {
    name: `worker: ${end}`,
    share: 1,
    async strike(ground: Ground) {
      const instance = ground.anInstance()
      const millrace = ground.fleet.process(instance)
      const restarts = (): number => millrace.output().stderr.split('a worker ended and is started again').length
      const before = restarts()
      ground.fleet.order(instance, end)
      await waitUntil('a worker to end', () => restarts() > before)
      await ground.recovered()
      return true
    },
  }
}

export const processFaults: readonly FaultKind[] = [kill, failpoint, rolling, rebalance, zombie, midCommit, ...workerEnds.map(workerEnd)]
