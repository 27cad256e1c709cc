import type { RawRedis, RawReply } from './raw-redis.ts'

/** A command the two servers answered differently, with what came before it. */
export interface Difference {
  readonly command: readonly string[]
  readonly one: string
  readonly other: string
}

/** Sends the same commands to both and compares the bytes of each answer; elements that come in any order are sorted. */
export async function differences(one: RawRedis, other: RawRedis, commands: readonly (readonly string[])[], unordered: ReadonlySet<string>): Promise<Difference[]> {
  const [left, right] = await Promise.all([one.send(commands), other.send(commands)])
  const found: Difference[] = []
  for (const [i, command] of commands.entries()) {
    const sorted = unordered.has(command[0]!.toLowerCase())
    const answers = { one: written(left[i]!, sorted), other: written(right[i]!, sorted) }
    if (answers.one !== answers.other) found.push({ command, ...answers })
  }
  return found
}

/** The reply's bytes, or what they would be with the elements in order. */
function written({ sign, value }: RawReply, sorted: boolean): string {
  if (typeof value === 'string') return `${sign}${JSON.stringify(value)}`
  if (value === null) return `${sign}nil`
  const parts = value.map((part) => written(part, sorted))
  return `${sign}[${(sorted ? parts.sort() : parts).join(', ')}]`
}
