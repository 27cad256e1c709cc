import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { keyRights, reads, writes } from '../../src/embedded/redis/access/key-access.ts'
import { allCommands, type Entry } from '../../src/embedded/redis/command/command-table.ts'
import { RawRedis, type RawReply } from '../support/raw-redis.ts'
import { accessCommand, userCommand, userNames } from '../support/redis-commands/access-commands.ts'
import { unordered as unorderedHash } from '../support/redis-commands/hash-commands.ts'
import { approximate, unordered as unorderedKeys } from '../support/redis-commands/key-commands.ts'
import { unordered as unorderedSet } from '../support/redis-commands/set-commands.ts'
import { startRedis, type RedisServer } from '../support/redis-server.ts'

const seed = Number(process.env['MILLRACE_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const runs = Number(process.env['MILLRACE_RUNS'] ?? 150)
const begin = [['FLUSHALL'], ['ACL', 'DELUSER', ...userNames, 'nobody', ''], ['ACL', 'LOG', 'RESET']]
// The answer to HELLO names the connection.
const loose = new Set(['hello', ...unorderedHash, ...unorderedKeys, ...unorderedSet, ...approximate])

interface Step {
  /** Who sends it: the default user, or a connection that logs in as others. */
  readonly by: 'administrator' | 'user'
  readonly command: readonly string[]
}

const step: fc.Arbitrary<Step> = fc.oneof(
  accessCommand.map((command) => ({ by: 'administrator', command }) as const),
  userCommand.map((command) => ({ by: 'user', command }) as const),
)

/** The same users, the same calls: allowed and refused alike, in the same words, and the same connections ended. */
describe(`access control of the Redis of millrace and of redis-server (seed ${seed})`, () => {
  let servers: readonly [own: RedisServer, real: RedisServer]
  beforeAll(async () => {
    servers = await Promise.all([startRedis({ own: true }), startRedis({ own: false })])
  })
  afterAll(() => Promise.all(servers.map((server) => server.stop())))

  test('answer alike', async () => {
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 60, size: 'max' }), async (steps) => {
      const [own, real] = await Promise.all(servers.map((server) => answers(server.port, steps)))
      const differing = steps.flatMap(({ by, command }, i) => (own![i] === real![i] ? [] : [`${by}: ${JSON.stringify(command)}\n  own:  ${own![i]}\n  real: ${real![i]}`]))
      if (differing.length > 0) throw new Error(differing.join('\n'))
    }), { seed, numRuns: runs, endOnFailure: false })
  })

  test('put each command into the same categories, and know alike what it does to its keys', async () => {
    const real = await RawRedis.open(servers[1].port)
    const [info] = await real.send([['COMMAND']])
    real.close()
    const known = new Map(parts(info!).flatMap((command) => [command, ...parts(parts(command)[9]!)]).map((command) => [text(parts(command)[0]!), command]))
    for (const entry of allCommands().each()) {
      const command = known.get(entry.fullName)
      if (command === undefined) continue
      const [, , , , , , categories, , specs] = parts(command)
      const expected = { name: entry.fullName, categories: parts(categories!).map(text).sort(), keys: storesByKeyword.get(entry.fullName) ?? rightsIn(specs!) }
      expect({ name: entry.fullName, categories: entry.categories.map((category) => `@${category}`).sort(), keys: rightsOf(entry) }).toEqual(expected)
    }
  })
})

/** Redis's specifications do not say where STORE stands, only what it does. */
const storesByKeyword: ReadonlyMap<string, readonly number[]> = new Map([['sort', [reads, writes]]])

function rightsOf(entry: Entry): readonly number[] {
  return entry.command.keys === undefined && entry.command.keysOf === undefined ? [] : keyRights(entry)
}

/** Of the first key and of the others. */
function rightsIn(specs: RawReply): readonly number[] {
  const rights = parts(specs).map((spec) => {
    const fields = parts(spec)
    const flags = parts(fields[fields.findIndex((field) => field.value === 'flags') + 1]!).map(text)
    const writing = flags.some((flag) => flag === 'insert' || flag === 'update' || flag === 'delete')
    return (flags.includes('access') ? reads : 0) | (writing ? writes : 0)
  })
  return rights.length === 0 ? [] : [rights[0]!, rights[1] ?? rights[0]!]
}

function parts({ value }: RawReply): readonly RawReply[] {
  return Array.isArray(value) ? (value as readonly RawReply[]) : []
}

function text({ value }: RawReply): string {
  return typeof value === 'string' ? value : ''
}

async function answers(port: number, steps: readonly Step[]): Promise<readonly string[]> {
  const open = { administrator: await RawRedis.open(port), user: await RawRedis.open(port) }
  const written: string[] = []
  try {
    await open.administrator.send(begin)
    for (const { by, command } of steps) {
      try {
        const [reply] = await open[by].send([command])
        written.push(compared(command, reply!))
      } catch {
        open[by] = await RawRedis.open(port)
        written.push('connection closed')
      }
    }
    return written
  } finally {
    open.administrator.close()
    open.user.close()
  }
}

/** What must be the same of an answer. */
function compared(command: readonly string[], { sign, value }: RawReply): string {
  const name = command.slice(0, command[0] === 'ACL' ? 2 : 1).join(' ')
  if (loose.has(name.toLowerCase()) && sign !== '-') return 'any'
  if (name === 'EXEC' && Array.isArray(value)) return parts({ sign, value }).map((part) => (part.sign === '-' ? text(part) : 'any')).join()
  if (name === 'ACL LIST' || name === 'ACL GETUSER') return JSON.stringify(value).replaceAll(/[+-]@all(?: [+-][^\s()"]+)*/g, 'commands')
  if (name === 'ACL LOG' && Array.isArray(value)) return value.map((entry) => JSON.stringify((entry as RawReply).value?.slice(0, 10))).join()
  return `${sign}${JSON.stringify(value)}`
}
