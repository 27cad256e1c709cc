import type { MemoryCeiling } from '../metrics/snapshot.ts'

/** In one line. */
export function memorySummary({ bytes }: MemoryCeiling): string {
  return `memory at most about ${megabytes(bytes)} beside Node's own`
}

/** With the parts and the options they follow from, a line each. Ends with a newline. */
export function memoryText(ceiling: MemoryCeiling, workers: number): string {
  const lines = ceiling.parts.map(({ what, bytes, options }) => `  ${megabytes(bytes).padStart(8)}  ${what} (${options.join(', ')})`)
  return `${memorySummary(ceiling)}, with ${workers} worker${workers === 1 ? '' : 's'}\n${lines.join('\n')}\n`
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6)} MB`
}
