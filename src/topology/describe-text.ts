import { columnType, defaultStream, type Fields } from '../tuple/fields.ts'
import type { ComponentDescription, SubscriptionDescription, TopologyDescription } from './topology.ts'

const titles = ['component', 'kind', 'parallelism', 'reads', 'store', 'emits']

/** The topology as an aligned table, one line per subscription and stream. Ends with a newline. */
export function describeText({ name, fingerprint, components }: TopologyDescription): string {
  const rows = [titles, ...components.flatMap(componentRows)]
  const widths = titles.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  const lines = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column]!)).join('  ').trimEnd())
  return `topology ${name}, fingerprint ${fingerprint}\n${lines.join('\n')}\n`
}

function subscriptionText({ source, stream, grouping }: SubscriptionDescription): string {
  return `${groupingText(grouping)} of ${source}${stream === defaultStream ? '' : `.${stream}`}`
}

export function groupingText({ kind, fields }: SubscriptionDescription['grouping']): string {
  return fields === undefined ? kind : `${kind}(${fields.join(', ')})`
}

function componentRows({ kind, id, options, inputs, streams, source, store }: ComponentDescription): string[][] {
  const reads = inputs.map(subscriptionText)
  const emits = Object.entries(streams).map(([stream, fields]) => (stream === defaultStream ? fieldsText(fields) : `${stream}: ${fieldsText(fields)}`))
  if (source !== undefined) reads.push(connectorName(source.module))
  return Array.from({ length: Math.max(1, reads.length, emits.length) }, (_, line) => [
    line === 0 ? id : '',
    line === 0 ? kind : '',
    line === 0 ? parallelismText(options) : '',
    reads[line] ?? '',
    line === 0 && store !== undefined ? connectorName(store.module) : '',
    emits[line] ?? '',
  ])
}

function parallelismText({ parallelism, tasks }: ComponentDescription['options']): string {
  const text = parallelism === undefined ? 'one per worker' : String(parallelism)
  return tasks === undefined || tasks === parallelism ? text : `${text} (${tasks} tasks)`
}

function fieldsText(fields: Fields): string {
  return Object.entries(fields).map(([name, type]) => `${name} ${columnType(type)}`).join(', ')
}

/** The folder a connector's module stands in: `kafka`, `redis`. */
function connectorName(module: string): string {
  return module.split('/').at(-2) ?? module
}
