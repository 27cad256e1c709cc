import type { Tuple } from './fields.ts'

const mostNodes = 10_000
const nodeBytes = 16

/** What a tuple's own fields take in memory, about; of JSON with very many parts at least what the first of them take. */
export function tupleBytes(tuple: Tuple): number {
  let bytes = 0
  const left: unknown[] = Object.values(tuple)
  for (let node = 0; node < mostNodes; node++) {
    if (left.length === 0) break
    const value = left.pop()
    bytes += nodeBytes
    if (typeof value === 'string') bytes += value.length
    else if (value instanceof Uint8Array) bytes += value.byteLength
    else if (Array.isArray(value)) for (const item of value) left.push(item)
    else if (typeof value === 'object' && value !== null) for (const item of Object.values(value)) left.push(item)
  }
  return bytes
}
