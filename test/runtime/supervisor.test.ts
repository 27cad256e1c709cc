import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../src/base/manual-clock.ts'
import { silentLogger } from '../../src/base/logger.ts'
import { MillraceError } from '../../src/errors.ts'
import { Supervisor, type SupervisorOptions } from '../../src/runtime/supervisor.ts'
import type { FromWorker, ToWorker } from '../../src/runtime/thread/protocol.ts'
import type { WorkerHost, WorkerListener } from '../../src/runtime/worker-host.ts'

interface FakeWorker {
  readonly worker: number
  readonly listener: WorkerListener
  readonly received: ToWorker<string>[]
  ended: boolean
}

function setUp(options: Partial<SupervisorOptions> = {}) {
  const clock = new ManualClock()
  const started: FakeWorker[] = []
  const events: string[] = []
  const end = (fake: FakeWorker, why: string) => {
    if (fake.ended) return
    fake.ended = true
    fake.listener.exited(new MillraceError('MR_WORKER_DIED', why))
  }
  const host: WorkerHost<string> = {
    channel: () => ['a', 'b'],
    start(worker, listener) {
      const fake: FakeWorker = { worker, listener, received: [], ended: false }
      started.push(fake)
      return { send: (message) => void fake.received.push(message), terminate: () => end(fake, 'terminated') }
    },
  }
  const supervisor = new Supervisor(host, clock, silentLogger, { workers: 2, answerTimeoutMs: 5000, maxRestarts: 3, restartWindowMs: 60_000, ...options }, {
    up: () => events.push('up'),
    message: (worker, message) => events.push(`${message.kind} from ${worker}`),
    died(worker, { message }) {
      events.push(`${worker} died`)
      return message === 'expected'
    },
    failed: (error) => events.push(`failed ${error.code}`),
  })
  const describes = (fake: FakeWorker, fingerprint = 'f', code = 'c') =>
    fake.listener.message({ kind: 'described', description: { name: 't', fingerprint, code, components: [] } } satisfies FromWorker)
  return { clock, started, events, supervisor, end, describes }
}

describe('the supervisor', () => {
  it('says so once all workers have built the same topology', () => {
    const { supervisor, started, events, describes } = setUp()
    supervisor.start()
    describes(started[0]!)
    expect(events).toEqual([])
    describes(started[1]!)
    expect(events).toEqual(['up'])
  })

  it('fails when two threads built different topologies', () => {
    const { supervisor, started, events, describes } = setUp()
    supervisor.start()
    describes(started[0]!, 'one')
    describes(started[1]!, 'another')
    expect(events).toEqual(['failed MR_TOPOLOGY_DIFFERS'])
  })

  it('fails when a worker comes back with other code', () => {
    const { supervisor, started, events, describes, end, clock } = setUp()
    supervisor.start()
    for (const fake of started) describes(fake)
    end(started[0]!, 'exit code 1')
    clock.advance(100)
    describes(started[2]!, 'f', 'changed')
    expect(events.at(-1)).toBe('failed MR_TOPOLOGY_DIFFERS')
  })

  it('starts a worker again that ended, each time after twice the wait', () => {
    const { supervisor, started, events, describes, end, clock } = setUp()
    supervisor.start()
    for (const fake of started) describes(fake)
    end(started[0]!, 'exit code 1')
    expect(supervisor.isUp).toBe(false)
    clock.advance(99)
    expect(started).toHaveLength(2)
    clock.advance(1)
    expect(started).toHaveLength(3)
    describes(started[2]!)
    end(started[2]!, 'exit code 1')
    clock.advance(199)
    expect(started).toHaveLength(3)
    clock.advance(1)
    expect(started).toHaveLength(4)
    expect(events).toEqual(['up', '0 died', 'up', '0 died'])
    expect(supervisor.restartsOf(0)).toBe(2)
  })

  it('fails with the cause after too many restarts within the window, and forgets those before it', () => {
    const { supervisor, started, events, end, clock } = setUp({ maxRestarts: 1, answerTimeoutMs: 1e9 })
    supervisor.start()
    end(started[0]!, 'first')
    clock.advance(61_000)
    end(started.at(-1)!, 'second')
    clock.advance(1000)
    expect(events).not.toContain('failed MR_WORKER_DIED')
    end(started.at(-1)!, 'third')
    expect(events).toContain('failed MR_WORKER_DIED')
  })

  it('does not count deaths that are expected, nor those that were explained', () => {
    const { clock, started, events, supervisor, end } = setUp({ maxRestarts: 1, answerTimeoutMs: 1e9 })
    supervisor.start()
    for (let death = 0; death < 20; death++) {
      end(started.at(-1)!, 'expected')
      clock.advance(100)
    }
    end(started.at(-1)!, 'first')
    supervisor.forgive()
    clock.advance(100)
    end(started.at(-1)!, 'second')
    expect(events).not.toContain('failed MR_WORKER_DIED')
  })

  it('ends a worker that does not answer, and keeps one that does', () => {
    const { supervisor, started, events, clock } = setUp()
    supervisor.start()
    for (let second = 0; second < 8; second++) {
      clock.advance(1000)
      started[1]!.listener.message({ kind: 'pong' })
    }
    expect(started[0]!.ended).toBe(true)
    expect(started[1]!.ended).toBe(false)
    expect(events).toContain('0 died')
  })

  it('does not blame the workers when the whole process was stopped for a while', () => {
    const { supervisor, started, clock } = setUp()
    supervisor.start()
    clock.advance(1000)
    clock.pass(60_000)
    clock.advance(1000)
    expect(started.every(({ ended }) => !ended)).toBe(true)
  })

  it('links every pair of workers anew for each attempt', () => {
    const { supervisor, started } = setUp()
    supervisor.start()
    supervisor.attempt({ attempt: 1, plan: { workers: 2, tasks: [], edges: [], channels: [] }, partitions: [], positions: [], limits: new Map(), partitionRate: undefined, only: undefined, excluded: [], bounds: { records: 1, cells: 1, bytes: 1 }, active: true })
    expect(started.map(({ received }) => received[0])).toMatchObject([{ kind: 'attempt', links: [undefined, 'a'] }, { kind: 'attempt', links: ['b', undefined] }])
  })

  it('stops when every worker has ended, and ends those that will not', async () => {
    const { supervisor, started, end, clock } = setUp()
    supervisor.start()
    let over = false
    const stopping = supervisor.stop(5000).then(() => (over = true))
    end(started[0]!, 'stopped')
    await Promise.resolve()
    expect(over).toBe(false)
    clock.advance(5000)
    await stopping
    expect(started[1]!.ended).toBe(true)
  })
})
