/** The id of a stream entry as one number: milliseconds in the upper 64 bits, the sequence in the lower. */
export type StreamId = bigint

export const leastStreamId: StreamId = 0n
export const mostStreamId: StreamId = (1n << 128n) - 1n
const mostPart = (1n << 64n) - 1n
/** Each part is read as C's `strtoull` does. */
const part = /^[ \t-\r]*\+?(\d+)$/
const longestText = 127

export function streamId(ms: bigint, sequence: bigint): StreamId {
  return (ms << 64n) | sequence
}

export function msOf(id: StreamId): bigint {
  return id >> 64n
}

export function sequenceOf(id: StreamId): bigint {
  return id & mostPart
}

export function formatStreamId(id: StreamId): string {
  return `${msOf(id)}-${sequenceOf(id)}`
}

/** `ms-sequence` or `ms` alone, which takes the sequence given; undefined when it is no id. */
export function parseStreamId(text: string, missingSequence: bigint): StreamId | undefined {
  if (text.length > longestText) return undefined
  const dash = text.indexOf('-')
  const ms = parsePart(dash === -1 ? text : text.slice(0, dash))
  const sequence = dash === -1 ? missingSequence : parsePart(text.slice(dash + 1))
  return ms === undefined || sequence === undefined ? undefined : streamId(ms, sequence)
}

/** The milliseconds of `ms-*`, where the server is to choose the sequence; undefined when it is something else. */
export function parseOpenStreamId(text: string): bigint | undefined {
  return text.endsWith('-*') && text.length <= longestText ? parsePart(text.slice(0, -2)) : undefined
}

function parsePart(text: string): bigint | undefined {
  const match = part.exec(text)
  if (match === null) return undefined
  const value = BigInt(match[1]!)
  return value <= mostPart ? value : undefined
}
