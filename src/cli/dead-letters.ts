import { isUtf8 } from 'node:buffer'
import { isoTimeText } from '../base/clock.ts'
import { escapeControls } from '../base/escape.ts'
import { MillraceError } from '../errors.ts'
import { deadLetters, type Letter } from '../kafka/dead-letters.ts'
import { deadLetterStates } from '../redis/dead-letter-states.ts'
import { describeTopologyFile, retryDeadLetters } from '../runtime/submit.ts'
import type { Connections } from '../topology/connector.ts'
import { columns } from './columns.ts'
import type { LettersFlags, ListFlags, RetryFlags, ShowFlags } from './dead-letters-command.ts'
import { exitCode } from './exit-code.ts'
import { parseConnections } from './parse-connections.ts'
import { clusterSettings, withCluster } from './tool-cluster.ts'
import type { ToolHost } from './tool-host.ts'
import { topologyUrl } from './topology-url.ts'

/** `open`: may be retried. `retried`: counted or skipped since. `other`: these results know nothing of it, or have counted it otherwise. */
type State = 'open' | 'retried' | 'other'

interface Found extends Letter {
  readonly place: string
  readonly state: State
}

export async function list(topology: string, flags: ListFlags, host: ToolHost): Promise<void> {
  const rows: (readonly (string | number)[])[] = []
  await eachLetter(await nameOf(topology), flags, host, (letter) => {
    if (letter.state !== 'open' && flags.all !== true) return
    const { component, errorClass, message, attempts, failedAtMs } = letter.facts
    const time = isoTimeText(failedAtMs)
    if (flags.json === true) host.print(`${JSON.stringify({ record: letter.place, letter: letter.at, state: letter.state, component, errorClass, message, attempts, failedAtMs })}\n`)
    else rows.push([letter.place, ...(flags.all === true ? [letter.state] : []), component, attempts, time, errorClass, escapeControls(firstLine(message))])
  })
  if (flags.json === true) return
  if (rows.length === 0) host.note('no dead letters')
  else host.print(columns([['RECORD', ...(flags.all === true ? ['STATE'] : []), 'COMPONENT', 'ATTEMPTS', 'FAILED', 'ERROR', 'MESSAGE'], ...rows]))
}

export async function show(topology: string, record: string, flags: ShowFlags, host: ToolHost): Promise<void> {
  let found: Found | undefined
  await eachLetter(await nameOf(topology), flags, host, (letter) => {
    if (letter.place === record) found = letter
  })
  if (found === undefined) throw unknown([record])
  const { facts, headers, key, value, state, at } = found
  const payload = flags.payload === true ? { key: text(key), value: text(value) } : {}
  const shown = { record, letter: at, state, ...facts, headers: headers.map(([name, content]) => ({ name: text(name), value: text(content) })), ...payload }
  if (flags.json === true) {
    host.print(`${JSON.stringify(shown)}\n`)
    return
  }
  const line = (name: string, content: string | number) => host.print(`${name.padEnd(12)}${escapeControls(String(content))}\n`)
  line('record', record)
  line('letter', at)
  line('state', state)
  line('written', isoTimeText(facts.timestamp))
  line('failed', isoTimeText(facts.failedAtMs))
  line('component', facts.component)
  line('attempts', facts.attempts)
  line('error', `${facts.errorClass}: ${facts.message}`)
  for (const frame of facts.stack.split('\n').slice(1)) line('', frame.trim())
  if (facts.omitted !== undefined) line('omitted', facts.omitted)
  for (const [name, content] of headers) line('header', `${text(name)}: ${text(content)}`)
  if (flags.payload === true) {
    line('key', String(text(key)))
    line('value', String(text(value)))
  }
}

export async function retry(file: string, flags: RetryFlags, host: ToolHost): Promise<void> {
  const { component, record } = flags
  if (flags.all !== true && record === undefined && component === undefined) {
    throw new MillraceError('MR_OPTIONS_INVALID', 'which dead letters to retry is not said', { remedy: 'name some with --record topic/partition@offset, those of a component with --component, or all with --all' })
  }
  const url = topologyUrl(file)
  const { components, name } = await describeTopologyFile(url)
  const chosen = new Map<string, string>()
  const wanted = new Set(record)
  const bare: string[] = []
  let met = 0
  await eachLetter(name, flags, host, ({ place, state, at, facts }) => {
    met++
    if (record !== undefined && !wanted.delete(place)) return
    if (state !== 'open') {
      if (record !== undefined) host.note(`${place} ${state === 'retried' ? 'was retried before, and is settled' : 'is not dead-lettered in these results'}`)
    } else if (facts.omitted === undefined) chosen.set(place, at)
    else bare.push(place)
  })
  if (wanted.size > 0) throw unknown([...wanted])
  // An older version of the file may have had it.
  if (component !== undefined && met === 0 && !components.some(({ id }) => id === component)) {
    throw new MillraceError('MR_OPTIONS_INVALID', `--component: there is no component ${component}, neither in the topology nor in its dead letters`, { remedy: `the topology's are ${components.map(({ id }) => id).join(', ')}` })
  }
  if (bare.length > 0) host.note(`without their bytes, so they cannot be retried: ${bare.join(', ')}`)
  const outcome = chosen.size === 0 ? { counted: [], skipped: [], failed: [] } : await retryDeadLetters(url, { connections: connectionsOf(flags), log: { level: 'warn' } }, chosen)
  for (const { partition: place, component: at, errorClass, message } of outcome.failed) {
    if (flags.json === true) host.print(`${JSON.stringify({ type: 'failed', record: place, component: at, errorClass, message })}\n`)
    else host.print(`${place} failed again in ${at}: ${errorClass}: ${escapeControls(firstLine(message))}\n`)
  }
  const [counted, skipped, failed] = [outcome.counted.length, outcome.skipped.length, outcome.failed.length]
  const ofSkipped = skipped === 0 ? '' : ` ${skipped} skipped,`
  host.print(flags.json === true ? `${JSON.stringify({ type: 'retried', counted, skipped, failed })}\n` : `retried ${counted + skipped + failed}: ${counted} counted,${ofSkipped} ${failed} failed again\n`)
  if (failed > 0) process.exitCode = exitCode.failed
}

async function eachLetter(topology: string, flags: LettersFlags, host: ToolHost, take: (letter: Found) => void): Promise<void> {
  const connections = connectionsOf(flags)
  const { requestTimeoutMs } = clusterSettings(flags)
  const states = await deadLetterStates(connections, topology, host.clock)
  await withCluster(flags, host, async ({ cluster, clock, patienceMs }) => {
    for await (const letter of deadLetters({ cluster, clock, log: host.log, patienceMs, requestTimeoutMs }, flags.deadLetters ?? `${topology}.dead-letters`)) {
      if (flags.component !== undefined && letter.facts.component !== flags.component) continue
      const place = `${letter.facts.partition}@${letter.facts.offset}`
      take({ ...letter, place, state: states.get(place) ?? 'other' })
    }
  })
}

function connectionsOf(flags: LettersFlags): Connections {
  if (flags.redis === undefined) throw new MillraceError('MR_OPTIONS_INVALID', 'no Redis is named', { remedy: 'name it with --redis URL or MILLRACE_REDIS' })
  return { ...parseConnections({ redis: flags.redis }), kafka: clusterSettings(flags) }
}

async function nameOf(topology: string): Promise<string> {
  return /[/.\\]/.test(topology) ? (await describeTopologyFile(topologyUrl(topology))).name : topology
}

function unknown(records: readonly string[]): MillraceError {
  return new MillraceError('MR_OPTIONS_INVALID', `there is no dead letter of ${records.join(', ')}`, { remedy: 'millrace dead-letters list shows those there are' })
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]!
}

function text(bytes: Buffer | null): string | null {
  if (bytes === null) return null
  return isUtf8(bytes) ? bytes.toString() : `base64:${bytes.toString('base64')}`
}
