import { appendFileSync, readFileSync } from 'node:fs'
import { MillraceError } from '../errors.ts'
import { sleep, systemClock } from './clock.ts'

/**
 * Faults for tests, brought about at named places of the product. The environment alone asks for them, in
 * `MILLRACE_FAILPOINTS`: entries `point=action` with `;` between them, each with `@n` behind it when it
 * shall happen at the n-th passage of the thread at the earliest. Every entry happens once, those of one
 * point in their order; once in each thread or, where `MILLRACE_FAILPOINTS_LOG` names a file, once for all
 * threads and processes that share the file, which gets a line for each.
 *
 * | action | what happens |
 * |---|---|
 * | `kill` | SIGKILL to the process |
 * | `exit` | the thread ends at once, with the main thread the process |
 * | `throw` | an error nobody has thought of |
 * | `delay:ms` | it takes longer; where the code cannot wait, the thread stands still |
 * | `stop:ms` | SIGSTOP to the process, and SIGCONT after so long |
 * | `lose` | the reply was lost on its way, where there is one |
 */
export const failpoints = {
  // workers, seen from the main thread
  'worker.start': 'a worker thread is about to be started',
  'worker.restart': 'a worker has ended, and nobody has been told',
  'worker.described': 'a worker has loaded the topology',
  'attempt.begin': 'partitions are there and all workers are up; positions are about to be acquired',
  'attempt.send': 'the start of an attempt is about to be sent to the workers',
  'attempt.run': 'all workers are ready to run, none has been told',
  'attempt.abort': 'an attempt is about to be given up, no worker has been told',
  'epoch.cut': 'an epoch is about to be cut',
  'epoch.gathered': 'all workers have sealed an epoch, which is not committed',
  'epoch.committed': 'the store has answered a commit, positions are about to be mirrored',
  'drain.begin': 'a drain was asked for',
  'drain.end': 'all is drained, partitions and connections are still held',
  'run.close': 'source and store are about to be closed',
  // in a worker thread
  'worker.loaded': 'the topology file is loaded, the main thread does not know',
  'attempt.open': 'tasks are about to be made',
  'attempt.ready': 'tasks are open, the main thread does not know',
  'attempt.close': 'tasks are about to be closed',
  'batch.received': 'tuples have come from another worker, and are not counted as received',
  'marker.received': 'the end of an epoch has come from another worker',
  'epoch.mark': 'the cut of an epoch has come, nothing is marked',
  'epoch.seal': 'a worker has all of an epoch, its results are about to be packed',
  'epoch.sealed': 'results were sent to the main thread',
  // Redis
  'store.open': 'Redis has told its version, nothing else was asked',
  'load.answer': 'stored positions were read',
  'deploy.send': 'first positions are about to be stored',
  'deploy.answer': 'first positions are stored',
  'acquire.send': 'partitions are about to be taken from their last owner',
  'acquire.answer': 'partitions have this owner',
  'commit.send': 'a commit is about to be sent',
  'commit.sent': 'a commit was sent, its reply is not there',
  'commit.answer': 'the reply to a commit is there',
  // generations of results in Redis
  'generation.send': 'a replay is about to be begun, steered, or exchanged with what is live',
  'generation.answer': 'a replay was begun, steered, or exchanged with what was live',
  'drop.slice': 'some more results are about to be deleted',
  // Kafka's records
  'source.open': 'topics are known, the group is about to be joined',
  'ranges.answer': 'a broker has said where partitions begin and end',
  'fetch.request': 'records are about to be fetched',
  'fetch.answer': 'records are there',
  'fetch.decode': 'records of one partition are about to be read',
  'produce.send': 'a producer is about to send records',
  'produce.answer': 'a broker has taken records',
  // Kafka's groups
  'group.join': 'the group is about to be joined',
  'group.joined': 'the group was joined',
  'group.sync': 'the assignment is about to be asked for, by the leader with those of all',
  'group.synced': 'the assignment is there',
  'group.heartbeat': 'a heartbeat is about to be sent',
  'group.alive': 'a heartbeat was answered',
  'group.commit': 'positions are about to be mirrored to the group',
  'group.committed': 'positions were mirrored to the group',
  'group.mirrored': 'mirrored positions were read',
  'group.leave': 'the group is about to be left',
  'group.left': 'the group was left',
  'partitions.assigned': 'partitions were assigned, nothing is done about it',
  'partitions.lost': 'partitions were lost, nothing is done about it',
  'revoke.begin': 'partitions are to be given back, nothing is drained',
  'revoke.end': 'partitions are drained, and not given back',
} as const

export type Failpoint = keyof typeof failpoints

/** Whether faults were asked for: a constant, so that a failpoint costs one check of it and nothing else. */
export const failing = (process.env['MILLRACE_FAILPOINTS'] ?? '') !== ''

/**
 * A place that may fail, in code that can wait: `if (failing) await failpoint('commit.send')`. `lost` makes
 * the error that a lost reply would be; without it no reply can be lost here. Rejects with that error, or
 * with what nobody has thought of. Throws MR_OPTIONS_INVALID when what was asked for cannot be done.
 */
export async function failpoint(name: Failpoint, lost?: () => Error): Promise<void> {
  const fault = due(name, lost !== undefined)
  if (fault?.action === 'lose') throw lost!()
  if (fault?.action === 'delay') await sleep(systemClock, fault.ms)
  else if (fault !== undefined) act(fault)
}

/** The same where the code cannot wait. */
export function failpointNow(name: Failpoint): void {
  const fault = due(name, false)
  if (fault?.action === 'delay') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, fault.ms)
  else if (fault !== undefined) act(fault)
}

export interface Fault {
  readonly point: Failpoint
  readonly action: 'kill' | 'exit' | 'throw' | 'delay' | 'stop' | 'lose'
  /** Of `delay` and `stop`. */
  readonly ms: number
  /** The first passage at which it may happen, from 1. */
  readonly passage: number
  /** As it was written. */
  readonly text: string
}

const entry = /^([\w.]+)=(?:(kill|exit|throw|lose)|(delay|stop):(\d{1,9}))(?:@(\d{1,9}))?$/

/** Reads what `MILLRACE_FAILPOINTS` holds. Throws MR_OPTIONS_INVALID. */
export function parseFaults(text: string): readonly Fault[] {
  return text.split(';').map((part) => part.trim()).filter((part) => part !== '').map((part) => {
    const [, point = '', plain, timed, ms, passage] = entry.exec(part) ?? []
    if (!Object.hasOwn(failpoints, point)) throw invalid(`"${part}" is no fault`)
    return { point: point as Failpoint, action: (plain ?? timed) as Fault['action'], ms: Number(ms ?? 0), passage: Number(passage ?? 1), text: part }
  })
}

/** Which faults are due at a passage; `happened` says, and may be told, how often an entry of this text has happened. */
export class FaultSchedule {
  readonly #faults: readonly Fault[]
  readonly #happened: HappenedFaults
  readonly #passages = new Map<Failpoint, number>()

  constructor(faults: readonly Fault[], happened: HappenedFaults) {
    this.#faults = faults
    this.#happened = happened
  }

  /** The point is passed once more. */
  passed(point: Failpoint): Fault | undefined {
    const passages = (this.#passages.get(point) ?? 0) + 1
    this.#passages.set(point, passages)
    const faults = this.#faults.filter((fault) => fault.point === point)
    if (!faults.some(({ passage }) => passage <= passages)) return undefined
    const times = new Map<string, number>()
    for (const fault of faults) {
      const before = times.get(fault.text) ?? 0
      times.set(fault.text, before + 1)
      if (this.#happened.times(fault.text) > before) continue
      if (fault.passage > passages) return undefined
      this.#happened.add(fault.text)
      return fault
    }
    return undefined
  }
}

export interface HappenedFaults {
  times(text: string): number
  add(text: string): void
}

let schedule: FaultSchedule | undefined

function due(point: Failpoint, losable: boolean): Fault | undefined {
  schedule ??= new FaultSchedule(parseFaults(process.env['MILLRACE_FAILPOINTS']!), happenedFaults(process.env['MILLRACE_FAILPOINTS_LOG'] ?? ''))
  const fault = schedule.passed(point)
  if (fault?.action === 'lose' && !losable) throw invalid(`"${fault.text}": there is no reply that could be lost`)
  return fault
}

function happenedFaults(file: string): HappenedFaults {
  let own = ''
  // Read each time: other threads and processes write to it.
  const lines = (): string => (file === '' ? own : readFileSync(file, { encoding: 'utf8', flag: 'a+' }))
  return {
    times: (text) => lines().split('\n').filter((line) => line === text).length,
    add(text) {
      if (file === '') own += `${text}\n`
      else appendFileSync(file, `${text}\n`)
    },
  }
}

function act({ action, ms, point }: Fault): void {
  switch (action) {
    case 'kill':
      process.kill(process.pid, 'SIGKILL')
      return
    case 'exit':
      process.exit(1)
    case 'throw':
      throw new Error(`failpoint ${point}`)
    case 'stop':
      // Somebody else must wake us.
      process.getBuiltinModule('node:child_process').spawn('sh', ['-c', `sleep ${ms / 1000}; kill -CONT ${process.pid}`], { stdio: 'ignore', detached: true }).unref()
      process.kill(process.pid, 'SIGSTOP')
  }
}

function invalid(what: string): MillraceError {
  return new MillraceError('MR_OPTIONS_INVALID', `MILLRACE_FAILPOINTS: ${what}`, { remedy: 'write point=action, with the points and actions of src/base/failpoint.ts, or leave it unset: it is for tests' })
}
