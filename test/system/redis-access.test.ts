import fc from 'fast-check'
import { afterAll, beforeAll, describe, test } from 'vitest'
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
})

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
  if (name === 'ACL LIST' || name === 'ACL GETUSER') return JSON.stringify(value).replaceAll(/[+-]@all(?: [+-][^\s()"]+)*/g, 'commands')
  if (name === 'ACL LOG' && Array.isArray(value)) return value.map((entry) => JSON.stringify((entry as RawReply).value?.slice(0, 10))).join()
  return `${sign}${JSON.stringify(value)}`
}
