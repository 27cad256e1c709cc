import { MillraceError } from '../errors.ts'
import type { Grouping } from '../grouping/grouping.ts'
import { columnTypes, isFieldType, type Streams } from '../tuple/fields.ts'
import type { DeclaredInput } from './bolt-declarer.ts'
import type { BoltDefinition } from './bolt.ts'
import type { Declared } from './builder.ts'
import { nameOf } from './name-of.ts'
import { optionFaults, optionNames } from './component-options.ts'
import type { SpoutDefinition } from './spout.ts'
import type { StreamHandle, StreamId } from './stream-handle.ts'
import { topologicalOrder } from './topological-order.ts'

export interface TopologyFault {
  /** Absent when the topology as a whole is wrong. */
  readonly component?: string
  readonly fault: string
  readonly remedy: string
}

/** Refuses a topology with all its faults in one error. */
export function refuseFaults(topology: string, faults: readonly TopologyFault[]): void {
  const [first, ...more] = faults
  if (first === undefined) return
  if (more.length === 0) {
    throw new MillraceError('MR_TOPOLOGY_INVALID', first.fault, {
      place: { topology: topology, ...(first.component === undefined ? {} : { component: first.component }) },
      remedy: first.remedy,
    })
  }
  const lines = faults.map(({ component, fault, remedy }) => `- ${component === undefined ? '' : `${component}: `}${fault} (${remedy})`)
  throw new MillraceError('MR_TOPOLOGY_INVALID', `${faults.length} faults\n${lines.join('\n')}`, {
    place: { topology: topology },
    remedy: 'correct all of them; each names its remedy',
  })
}

/** Everything that is wrong with a topology as written; types may have been circumvented. */
export function validate(name: string, declared: readonly Declared[]): readonly TopologyFault[] {
  const faults: TopologyFault[] = []
  const nameFault = nameFaultOf(name)
  if (nameFault !== undefined) faults.push({ fault: `the topology's name ${nameFault}`, remedy: nameRemedy })
  const byId = new Map<unknown, Declared>()
  for (const component of declared) if (!byId.has(component.id)) byId.set(component.id, component)
  for (const component of declared) {
    const note = (fault: string, remedy: string) => faults.push({ component: String(component.id), fault, remedy })
    checkId(component, byId, note)
    checkDefinition(component, note)
    for (const fault of optionFaults(component.options)) note(fault, `options are: ${optionNames.join(', ')}`)
    if (component.kind === 'bolt') checkInputs(component, byId, note)
  }
  checkWhole([...byId.values()], (fault, remedy) => faults.push({ fault, remedy }))
  return faults
}

type Note = (fault: string, remedy: string) => void

const nameRemedy = 'use letters, digits, - and _'

/** They become parts of keys, group names and partition names. */
function nameFaultOf(name: unknown): string | undefined {
  if (typeof name !== 'string') return `is ${nameOf(name)}, not a string`
  if (name === '') return 'is empty'
  const character = /[/.:\\{}\s\p{Cc}\p{Cf}]/u.exec(name)?.[0]
  return character === undefined ? undefined : `holds ${JSON.stringify(character)}`
}

function checkId(component: Declared, byId: ReadonlyMap<unknown, Declared>, note: Note): void {
  const { id } = component
  const fault = nameFaultOf(id)
  if (fault !== undefined) note(`the component's id ${fault}`, nameRemedy)
  else if (String(id).startsWith('__')) note('ids that begin with __ are reserved', 'choose another id')
  if (byId.get(id) !== component) note('the id is used twice', 'give every component its own id')
}

function checkDefinition({ kind, definition }: Declared, note: Note): void {
  if (!isDefinition(definition)) {
    note(`set${capital(kind)} was given ${nameOf(definition)}, not a ${kind}`, kind === 'spout' ? 'give it what kafkaSpout or spout makes' : 'give it what bolt or a sink such as redisCounter makes')
    return
  }
  if (definition.role !== kind) {
    note(`set${capital(kind)} was given a ${definition.role}`, `set it with set${capital(definition.role)}`)
    return
  }
  for (const [stream, fields] of Object.entries(definition.streams)) checkStream(stream, fields, note)
  const connector = definition.role === 'spout' ? definition.source : definition.store
  if (connector !== undefined && !isPlain(connector.options)) note('the options of its connector are not plain data', 'leave out functions: they do not cross threads')
}

function checkStream(stream: string, fields: unknown, note: Note): void {
  const fault = nameFaultOf(stream)
  if (fault !== undefined) note(`the name of stream ${JSON.stringify(stream)} ${fault}`, nameRemedy)
  else if (stream.startsWith('__')) note(`stream ${stream}: names that begin with __ are reserved`, 'choose another name')
  if (typeof fields !== 'object' || fields === null || Object.keys(fields).length === 0) {
    note(`stream ${stream} declares no fields`, "declare them: { word: 'string' }")
    return
  }
  for (const [field, type] of Object.entries(fields)) {
    if (field === '') note(`a field of stream ${stream} has an empty name`, 'name it')
    if (!isFieldType(type)) note(`field ${field} of stream ${stream} is declared as ${JSON.stringify(type) ?? nameOf(type)}`, `types are: ${columnTypes.join(', ')}, json<T>()`)
  }
}

function checkInputs(bolt: Declared, byId: ReadonlyMap<unknown, Declared>, note: Note): void {
  if (bolt.inputs.length === 0) note('the bolt subscribes to nothing', 'chain a grouping to setBolt: .shuffleGrouping(stream)')
  const seen = new Set<string>()
  for (const input of bolt.inputs) {
    const id = streamId(input.stream)
    if (id === undefined) {
      note(`${groupingName(input.grouping)} was given ${nameOf(input.stream)}, which is no stream`, 'give it what setSpout or setBolt answered, or its .stream(name)')
      continue
    }
    const key = JSON.stringify([id.component, id.stream])
    if (seen.has(key)) note(`it subscribes twice to stream ${id.stream} of ${id.component}`, 'keep one of the groupings; a second bolt can take the other')
    seen.add(key)
    const source = byId.get(id.component)
    if (source === undefined) note(`it subscribes to ${id.component}, which is not in this topology`, `components are: ${[...byId.keys()].join(', ')}`)
    else checkInput(bolt, input, id, source, note)
  }
}

function checkInput(bolt: Declared, { grouping }: DeclaredInput, id: StreamId, source: Declared, note: Note): void {
  if (grouping.kind === 'direct' && source.kind === 'spout') note(`directGrouping on spout ${id.component}, but only bolts can emit directly`, 'put a bolt between them, or use fieldsGrouping')
  if (grouping.kind === 'custom' && typeof grouping.create !== 'function') note('customGrouping was given no function', 'give it () => grouping: every producing task makes its own')
  if (!isDefinition(source.definition)) return
  const fields = Object.hasOwn(source.definition.streams, id.stream) ? source.definition.streams[id.stream] : undefined
  if (fields === undefined) {
    note(`it subscribes to stream ${id.stream}, which ${id.component} does not declare`, `streams of ${id.component} are: ${Object.keys(source.definition.streams).join(', ') || 'none'}`)
    return
  }
  if (typeof fields !== 'object' || fields === null) return
  const remedy = `fields of stream ${id.stream} of ${id.component} are: ${Object.keys(fields).join(', ')}`
  if (grouping.kind === 'fields' || grouping.kind === 'partial-key') {
    if (grouping.fields.length === 0) note(`${groupingName(grouping)} names no field`, remedy)
    if (new Set(grouping.fields).size < grouping.fields.length) note(`${groupingName(grouping)} names a field twice`, 'name it once')
    for (const field of grouping.fields) {
      if (!Object.hasOwn(fields, field)) note(`${groupingName(grouping)} by ${field}, which the stream does not have`, remedy)
    }
  }
  if (!isDefinition(bolt.definition) || bolt.definition.role !== 'bolt') return
  for (const field of bolt.definition.reads ?? []) {
    if (!Object.hasOwn(fields, field)) note(`it reads field ${field}, which the stream does not have`, remedy)
  }
}

function checkWhole(declared: readonly Declared[], note: Note): void {
  if (!declared.some((component) => component.kind === 'spout')) note('there is no spout', 'set one with setSpout')
  const { cycle } = topologicalOrder(declared.map(({ id, inputs }) => ({
    id: String(id),
    after: inputs.flatMap(({ stream }) => streamId(stream)?.component ?? []),
  })))
  if (cycle !== undefined) note(`there is a cycle: ${cycle.toReversed().join(' → ')}`, 'keep the state in one bolt, or go round by a Kafka topic that a spout reads')
  const stores = new Set<string>()
  for (const { definition } of declared) {
    if (isDefinition(definition) && definition.role === 'bolt' && definition.store !== undefined) stores.add(definition.store.module)
  }
  if (stores.size === 0) note('there is no sink, so there is nowhere to keep results and positions', 'set a bolt that writes results, such as redisCounter')
  if (stores.size > 1) note(`results go to ${stores.size} stores, but one commit cannot span them`, 'keep the sinks of one store; give the others a topology of their own')
}

function isDefinition(value: unknown): value is (BoltDefinition | SpoutDefinition) & { readonly streams: Streams } {
  if (typeof value !== 'object' || value === null) return false
  const { role, streams, createTask } = value as Partial<BoltDefinition | SpoutDefinition>
  return (role === 'bolt' || role === 'spout') && typeof streams === 'object' && streams !== null && typeof createTask === 'function'
}

function streamId(value: unknown): StreamId | undefined {
  const id: unknown = typeof value === 'object' && value !== null ? (value as Partial<StreamHandle<unknown>>).id : undefined
  if (typeof id !== 'object' || id === null) return undefined
  const { component, stream } = id as Partial<StreamId>
  return typeof component === 'string' && typeof stream === 'string' ? { component, stream } : undefined
}

function isPlain(connector: unknown): boolean {
  try {
    structuredClone(connector)
    return true
  } catch {
    return false
  }
}

/** `partial-key` as users write it: `partialKeyGrouping`. */
function groupingName({ kind }: Grouping): string {
  return `${kind.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())}Grouping`
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}
