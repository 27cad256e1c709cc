import { seededRandom } from '../support/data/random.ts'
import { textTable, thousands } from '../bench/text-table.ts'
import { Auditor, type Finding } from './auditor.ts'
import { brokerFaults } from './fault/broker-faults.ts'
import type { FaultKind } from './fault/fault-kind.ts'
import { networkFaults } from './fault/network-faults.ts'
import { processFaults } from './fault/process-faults.ts'
import { redisFaults } from './fault/redis-faults.ts'
import { replayFaults } from './fault/replay-faults.ts'
import { Ground, lastWords, type Mishap } from './ground.ts'
import { programme, roundLength } from './programme.ts'

export interface TortureOptions {
  readonly minutes: number
  readonly seed: number
  readonly recordsPerSecond: number
  /** Of the names of kinds. */
  readonly only: RegExp
}

const allKinds = [...processFaults, ...redisFaults, ...brokerFaults, ...networkFaults, ...replayFaults]
const firstInstances = ['a', 'b']
const shownKeys = 10

interface Tally {
  struck: number
  missed: number
  ms: number
}

export interface Verdict {
  /** Kinds of fault that were survived. */
  readonly passed: number
  /** Wrong keys, faults that were not, recoveries that did not come. */
  readonly failed: number
}

/** Runs the programme and prints what happened. */
export async function torture(options: TortureOptions): Promise<Verdict> {
  const { minutes, seed, only } = options
  const kinds = allKinds.filter(({ name }) => only.test(name))
  if (kinds.length === 0) throw new Error(`no kind of fault matches ${only.source}; there are:\n${allKinds.map(({ name }) => name).join('\n')}`)
  console.log(`seed ${seed}: three brokers, a Redis and its replica, ${thousands(options.recordsPerSecond)} records a second`)
  const wrong: Finding[] = []
  const mishaps: Mishap[] = []
  const tallies = new Map(kinds.map(({ name }): [string, Tally] => [name, { struck: 0, missed: 0, ms: 0 }]))
  let last = 'nothing yet'
  const mishap = (found: Mishap): void => {
    mishaps.push(found)
    console.log(`MISHAP after "${last}" (${elapsed()} s): ${found.what}\n${found.detail}`)
  }
  const begun = performance.now()
  const elapsed = (): string => ((performance.now() - begun) / 1000).toFixed(0)
  const random = seededRandom(seed)
  const ground = await Ground.lay({ ...options, random, mishap })
  const auditor = new Auditor(seed, ground.topology, (finding) => {
    wrong.push(finding)
    console.log(wrongText(finding, `"${last}" (${elapsed()} s)`, seed))
  })
  const report = (): string => resultText(ground, auditor, tallies)
  try {
    for (const instance of firstInstances) ground.fleet.start(instance)
    ground.writer.start()
    await ground.ready()
    auditor.start(() => ground.redis.ports)
    const began = performance.now()
    const sequence = programme(kinds, random)
    for (let fault = 0; fault < roundLength(kinds) || performance.now() - began < minutes * 60_000; fault++) {
      const kind = sequence.next().value
      last = kind.name
      await strike(kind, ground, tallies.get(kind.name)!, mishap)
      if (mishaps.length > 20 || wrong.length > 20) break
    }
    last = 'the end'
    await end(ground, auditor, mishap)
  } catch (error) {
    mishap({ what: 'the torture cannot go on', detail: error instanceof Error ? error.stack ?? error.message : String(error) })
  } finally {
    await auditor.stop()
    await ground.clear()
  }
  console.log(report())
  return judge({ ground, auditor, kinds, tallies, wrong, mishaps, seed })
}

async function strike(kind: FaultKind, ground: Ground, tally: Tally, mishap: (mishap: Mishap) => void): Promise<void> {
  try {
    await ground.ready()
  } catch (error) {
    mishap({ what: 'not all processes count', detail: messageOf(error) })
  }
  const start = performance.now()
  try {
    if (await kind.strike(ground)) tally.struck++
    else tally.missed++
  } catch (error) {
    mishap({ what: `no recovery from "${kind.name}"`, detail: messageOf(error) })
  }
  const ms = performance.now() - start
  tally.ms += ms
  console.log(`${kind.name}  ${(ms / 1000).toFixed(1)} s`)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Everything in the topic is counted, all processes end well, and then all is compared once more. */
async function end(ground: Ground, auditor: Auditor, mishap: (mishap: Mishap) => void): Promise<void> {
  await ground.writer.pause()
  await ground.allCounted()
  for (const ended of await ground.stop()) {
    if (ended.code !== 0) mishap({ what: `a process ended with ${ended.signal ?? ended.code} after SIGTERM`, detail: lastWords(ended) })
  }
  await auditor.stop()
  const vector = await auditor.look(ground.redis.ports[0])
  const written = ground.writer.written
  if (!written.every((count, partition) => vector?.get(partition) === count)) mishap({ what: 'not all records are counted', detail: `${written.join(' ')} were written` })
}

function wrongText({ at, starts, vector, wrong }: Finding, fault: string, seed: number): string {
  const keys = wrong.slice(0, shownKeys).map(({ key, field, found, right }) => `  ${key} ${field}: ${found ?? 'missing'} instead of ${right ?? 'nothing'}`)
  const more = wrong.length > shownKeys ? [`  … and ${wrong.length - shownKeys} more`] : []
  return [`WRONG after ${fault}, seed ${seed}, ${at}, vector ${[...vector].sort(([a], [b]) => a - b).map(([partition, next]) => `${partition}:${starts.get(partition) ?? 0}-${next}`).join(' ')}`, ...keys, ...more].join('\n')
}

function resultText(ground: Ground, auditor: Auditor, tallies: ReadonlyMap<string, Tally>): string {
  const rows = Array.from(tallies, ([name, { struck, missed, ms }]) => [name, String(struck), String(missed), struck + missed === 0 ? '' : (ms / 1000 / (struck + missed)).toFixed(1)])
  const { processes, epochs, duplicates, mismatches, fenced, workerRestarts } = ground.fleet.answers()
  const facts = [
    ['records written', ground.writer.written.reduce((sum, count) => sum + count, 0)],
    ['processes', processes],
    ['workers started again', workerRestarts],
    ['commits', epochs],
    ['answered DUP', duplicates],
    ['answered MISMATCH', mismatches],
    ['answered FENCED', fenced],
    ['records whose counts a failover lost', ground.lostWithFailovers],
    ['looks that Redis did not answer', auditor.missed],
    ['keys and fields at most', auditor.mostKeys],
    ['keys and fields compared in all', auditor.keys],
  ] as const
  return `\n${textTable(['fault', 'times', 'missed', 's each'], rows, 1)}\n\n${textTable(['', ''], facts.map(([name, count]) => [name, thousands(count)]), 1)}\n`
}

interface Run {
  readonly ground: Ground
  readonly auditor: Auditor
  readonly kinds: readonly FaultKind[]
  readonly tallies: ReadonlyMap<string, Tally>
  readonly wrong: readonly Finding[]
  readonly mishaps: readonly Mishap[]
  readonly seed: number
}

function judge({ ground, auditor, kinds, tallies, wrong, mishaps, seed }: Run): Verdict {
  const wrongKeys = new Set(wrong.flatMap((finding) => finding.wrong.map(({ key, field }) => JSON.stringify([key, field])))).size
  const faults = [...tallies.values()].reduce((sum, { struck }) => sum + struck, 0)
  const complaints = [
    ...kinds.filter(({ name }) => tallies.get(name)!.struck === 0).map(({ name }) => `never hit: ${name}`),
    ...mishaps.map(({ what }) => what),
  ]
  if (kinds.length === allKinds.length) {
    const { duplicates, mismatches, fenced } = ground.fleet.answers()
    for (const [answer, times] of [['DUP', duplicates], ['MISMATCH', mismatches], ['FENCED', fenced]] as const) if (times === 0) complaints.push(`no commit was ever answered ${answer}`)
  }
  for (const complaint of complaints) console.log(`not as it has to be: ${complaint}`)
  if (wrongKeys + complaints.length > 0) console.log(`again: npm run torture -- --seed ${seed}`)
  console.log(`${thousands(faults)} faults, ${thousands(auditor.comparisons)} comparisons of ${thousands(auditor.mostKeys)} keys: ${thousands(wrongKeys)} wrong`)
  return { passed: kinds.filter(({ name }) => tallies.get(name)!.struck > 0).length, failed: wrongKeys + complaints.length }
}
