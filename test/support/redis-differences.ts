import type { RawRedis, RawReply } from './raw-redis.ts'

/** A command the two servers answered differently, with what came before it. */
export interface Difference {
  readonly command: readonly string[]
  readonly one: string
  readonly other: string
}

export interface Tolerance {
  /** Commands whose answers have their elements in any order. */
  readonly unordered?: ReadonlySet<string>
  /** Commands whose answers are times, which pass while the two are asked, with how far they may be apart. */
  readonly approximate?: ReadonlyMap<string, number>
}

/** Sends the same commands to both and compares the bytes of each answer. Names of commands are lower case. */
export async function differences(one: RawRedis, other: RawRedis, commands: readonly (readonly string[])[], { unordered, approximate }: Tolerance = {}): Promise<Difference[]> {
  const [left, right] = await Promise.all([one.send(commands), other.send(commands)])
  const found: Difference[] = []
  for (const [i, command] of commands.entries()) {
    const name = command[0]!.toLowerCase()
    const sorted = unordered?.has(name) === true
    const answers = { one: written(left[i]!, sorted), other: written(right[i]!, sorted) }
    if (answers.one === answers.other || areClose(left[i]!, right[i]!, approximate?.get(name) ?? 0)) continue
    found.push({ command, ...answers })
  }
  return found
}

function areClose(one: RawReply, other: RawReply, tolerance: number): boolean {
  const [left, right] = [Number(one.value), Number(other.value)]
  return one.sign === ':' && other.sign === ':' && left > 0 && right > 0 && Math.abs(left - right) < tolerance
}

/** The reply's bytes, or what they would be with the elements in order. */
function written({ sign, value }: RawReply, sorted: boolean): string {
  if (typeof value === 'string') return `${sign}${JSON.stringify(value)}`
  if (value === null) return `${sign}nil`
  const parts = value.map((part) => written(part, sorted))
  return `${sign}[${(sorted ? parts.sort() : parts).join(', ')}]`
}
