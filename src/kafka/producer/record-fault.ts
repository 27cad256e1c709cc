import { MillraceError } from '../../errors.ts'
import type { ProducerRecord } from './producer.ts'

/** What is wrong with the shape of a record, which JavaScript may give in any: MR_OPTIONS_INVALID with the name of the field. Contents are not shown. */
export function recordFault(record: ProducerRecord): MillraceError | undefined {
  const given: unknown = record
  if (typeof given !== 'object' || given === null) return fault('the record', 'an object with topic and value', given)
  const { topic, key, value, headers, timestamp } = given as Readonly<Record<keyof ProducerRecord, unknown>>
  if (typeof topic !== 'string' || topic === '') return fault('topic', 'the name of a topic', topic)
  if (!isBytes(value) && value !== null) return fault('value', 'text, bytes (Uint8Array) or null', value)
  if (key !== undefined && key !== null && !isBytes(key)) return fault('key', 'text, bytes (Uint8Array), null or left out', key)
  if (timestamp !== undefined && !Number.isSafeInteger(timestamp)) return fault('timestamp', 'whole milliseconds since 1970', timestamp)
  return headers === undefined ? undefined : headersFault(headers)
}

function headersFault(headers: unknown): MillraceError | undefined {
  if (!Array.isArray(headers)) return fault('headers', "a list of pairs, such as [['name', 'value']]", headers)
  for (const [index, header] of (headers as readonly unknown[]).entries()) {
    const at = `headers[${index}]`
    if (!Array.isArray(header) || header.length !== 2) return fault(at, "a pair, such as ['name', 'value']", header)
    const [name, value] = header as readonly unknown[]
    if (!isBytes(name)) return fault(`${at}[0]`, 'text or bytes (Uint8Array)', name)
    if (!isBytes(value) && value !== null) return fault(`${at}[1]${typeof name === 'string' ? ` (${name})` : ''}`, 'text, bytes (Uint8Array) or null', value)
  }
  return undefined
}

function isBytes(given: unknown): boolean {
  return typeof given === 'string' || given instanceof Uint8Array
}

function fault(field: string, expected: string, given: unknown): MillraceError {
  const found = given === null ? 'null' : Array.isArray(given) ? 'a list' : given === '' ? 'empty' : typeof given === 'number' ? String(given) : typeof given
  return new MillraceError('MR_OPTIONS_INVALID', `a record to be sent is not valid: ${field} must be ${expected}, and is ${found}`, { remedy: `correct ${field}` })
}
