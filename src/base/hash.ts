/**
 * The stable hash behind fields grouping and partial keys: FNV-1a over UTF-16 code units with a
 * final mix (Murmur3's fmix32). It must never change: golden vectors in `test/base/hash.test.ts`.
 */
export function hashString(text: string, seed = 0x811c9dc5): number {
  let hash = seed
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return mix(hash)
}

export function hashBytes(bytes: Uint8Array, seed = 0x811c9dc5): number {
  let hash = seed
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193)
  return mix(hash)
}

/**
 * Hash of any field value. Equal values hash alike on every thread, process and version: numbers
 * and bigints by their decimal text (1 and 1n agree, -0 is 0), null and undefined as one constant.
 */
export function hashValue(value: unknown, seed = 0x811c9dc5): number {
  switch (typeof value) {
    case 'string':
      return hashString(value, seed)
    case 'number':
    case 'bigint':
      return hashString(`#${value}`, seed)
    case 'boolean':
      return hashString(value ? '?1' : '?0', seed)
    default:
      if (value === null || value === undefined) return mix(seed ^ 0x6e756c6c)
      if (value instanceof Uint8Array) return hashBytes(value, seed)
      return hashString(JSON.stringify(value), seed)
  }
}

/** 0 ≤ result < size. */
export function bucket(hash: number, size: number): number {
  return (hash >>> 0) % size
}

function mix(hash: number): number {
  let h = hash ^ (hash >>> 16)
  h = Math.imul(h, 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  return h ^ (h >>> 16)
}
