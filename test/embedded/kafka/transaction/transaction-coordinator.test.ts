import { describe, expect, it } from 'vitest'
import { Refusal } from '../../../../src/embedded/kafka/refusal.ts'
import { describeTransactions } from '../../../../src/wire/api/describe-transactions.ts'
import { listTransactions } from '../../../../src/wire/api/list-transactions.ts'
import { systemError } from '../../../support/memory-disk.ts'
import { errorName, Play } from './transaction-play.ts'

const partitions = [0, 1]

async function playWithTopic(): Promise<Play> {
  const play = await Play.open()
  for (const partition of partitions) play.log('out', partition)
  return play
}

/** A producer of `t` with a record in both partitions. */
async function withOpenTransaction(play: Play, record = 'r') {
  const producer = await play.producer('t')
  expect(await play.add('t', producer, 'out', partitions)).toEqual(['NONE', 'NONE'])
  for (const partition of partitions) expect(play.produce('t', producer, 'out', partition, record)).toBe('NONE')
  return producer
}

const committed = (play: Play): string[][] => partitions.map((partition) => play.log('out', partition).committed())
const areStable = (play: Play): boolean => partitions.every((partition) => play.log('out', partition).isStable)

describe('producer ids', () => {
  it('are given to each producer without a transactional id, in epoch 0', async () => {
    const play = await Play.open()
    const producers = await Promise.all(Array.from({ length: 2500 }, () => play.producer(null)))
    expect(new Set(producers.map(({ id }) => id)).size).toBe(2500)
    expect(producers.every(({ epoch }) => epoch === 0)).toBe(true)
  })

  it('are never given again, whatever ends the broker', async () => {
    const play = await Play.open()
    const ids = new Set<number>()
    for (const end of ['kill', 'power', 'restart', 'kill', 'compact'] as const) {
      for (let i = 0; i < 3; i++) {
        const { id } = await play.producer(null)
        expect(ids.has(id)).toBe(false)
        ids.add(id)
      }
      if (end === 'power') play.disk = play.disk.afterPowerCut()
      else if (end === 'kill') play.disk = play.disk.afterKill()
      await (end === 'restart' ? play.restart() : play.start())
    }
  })

  it('are refused, and the client asked to come again, while they cannot be written', async () => {
    const play = await Play.open()
    play.disk.before = (call) => {
      if (call === 'write') throw systemError('ENOSPC')
    }
    await expect(play.producer(null)).rejects.toThrow('COORDINATOR_NOT_AVAILABLE')
    play.disk.before = () => {}
    await expect(play.producer(null)).resolves.toMatchObject({ epoch: 0 })
  })
})

describe('a transactional id', () => {
  it('keeps its producer id and gives each producer the next epoch, also after a restart', async () => {
    const play = await Play.open()
    const first = await play.producer('t')
    expect(await play.producer('t')).toEqual({ id: first.id, epoch: 1 })
    await play.killAndStart()
    expect(await play.producer('t', { version: 0 })).toEqual({ id: first.id, epoch: 2 })
    expect((await play.producer('other')).id).not.toBe(first.id)
  })

  it('is refused when it is empty, or its timeout is none or too long', async () => {
    const play = await Play.open()
    await expect(play.producer('')).rejects.toThrow('INVALID_REQUEST')
    await expect(play.producer('t', { timeoutMs: 900_001 })).rejects.toThrow('INVALID_TRANSACTION_TIMEOUT')
    await expect(play.producer('t', { timeoutMs: 0 })).rejects.toThrow('INVALID_TRANSACTION_TIMEOUT')
    await expect(play.producer('t', { timeoutMs: 900_000 })).resolves.toMatchObject({ epoch: 0 })
    await expect(play.producer('t', { given: { id: 5, epoch: -1 } })).rejects.toThrow('INVALID_REQUEST')
  })

  it('fences the producer that had it before', async () => {
    const play = await playWithTopic()
    const old = await play.producer('t')
    const current = await play.producer('t')
    expect(await play.add('t', old, 'out', partitions)).toEqual(['PRODUCER_FENCED', 'PRODUCER_FENCED'])
    expect(await play.add('t', old, 'out', [0], 1)).toEqual(['INVALID_PRODUCER_EPOCH'])
    expect(await play.addGroup('t', old, 'g')).toBe('PRODUCER_FENCED')
    expect(await play.addGroup('t', old, 'g', 1)).toBe('INVALID_PRODUCER_EPOCH')
    expect(await play.end('t', old, 'commit')).toBe('PRODUCER_FENCED')
    expect(await play.end('t', old, 'commit', 1)).toBe('INVALID_PRODUCER_EPOCH')
    expect(play.produce('t', old, 'out', 0, 'late')).toBe('INVALID_PRODUCER_EPOCH')
    expect(await play.commitOffset('t', old, 'g', 1)).toBe('INVALID_PRODUCER_EPOCH')
    await expect(play.producer('t', { given: old })).rejects.toThrow('PRODUCER_FENCED')
    await expect(play.producer('t', { given: old, version: 3 })).rejects.toThrow('INVALID_PRODUCER_EPOCH')
    expect(await play.add('t', current, 'out', [0])).toEqual(['NONE'])
  })

  it('is not given to a producer that has none', async () => {
    const play = await playWithTopic()
    const stranger = { id: 77, epoch: 0 }
    expect(await play.add('t', stranger, 'out', [0])).toEqual(['INVALID_PRODUCER_ID_MAPPING'])
    await play.producer('t')
    expect(await play.end('t', stranger, 'commit')).toBe('INVALID_PRODUCER_ID_MAPPING')
    expect(play.produce('t', stranger, 'out', 0, 'r')).toBe('INVALID_PRODUCER_ID_MAPPING')
  })

  it('gives its producer a new epoch when it says who it is, and the same again when it repeats that', async () => {
    const play = await Play.open()
    const first = await play.producer('t')
    const second = await play.producer('t', { given: first })
    expect(second).toEqual({ id: first.id, epoch: 1 })
    expect(await play.producer('t', { given: first })).toEqual(second)
    expect(await play.producer('t', { given: second })).toEqual({ id: first.id, epoch: 2 })
    await expect(play.producer('t', { given: first })).rejects.toThrow('PRODUCER_FENCED')
  })

  it('lets a producer whose transaction was rolled back go on in its new epoch, once it asks', async () => {
    const play = await playWithTopic()
    const producer = await withOpenTransaction(play)
    const next = await play.producer('t', { given: producer })
    expect(next).toEqual({ id: producer.id, epoch: 1 })
    expect(areStable(play)).toBe(true)
    await play.add('t', next, 'out', [0])
    await play.advance(75_000)
    expect(await play.end('t', next, 'commit')).toBe('PRODUCER_FENCED')
    expect(await play.producer('t', { given: next })).toEqual({ id: producer.id, epoch: 2 })
  })

  it('rolls back the open transaction of the producer before, which can write nothing more', async () => {
    const play = await playWithTopic()
    const old = await withOpenTransaction(play)
    const current = await play.producer('t')
    expect(current.id).toBe(old.id)
    expect(areStable(play)).toBe(true)
    expect(committed(play)).toEqual([[], []])
    expect(play.produce('t', old, 'out', 0, 'late')).toBe('INVALID_PRODUCER_EPOCH')
    await play.add('t', current, 'out', [0])
    expect(play.produce('t', current, 'out', 0, 'new')).toBe('NONE')
    expect(await play.end('t', current, 'commit')).toBe('NONE')
    expect(committed(play)).toEqual([['new'], []])
  })

  it('is forgotten when it is not used for long, and not while a transaction is open', async () => {
    const play = await playWithTopic()
    await play.producer('idle')
    play.clock.pass(604_800_000 - 60_000)
    const { id } = await play.producer('t', { timeoutMs: 900_000 })
    await play.add('t', { id, epoch: 0 }, 'out', [0])
    play.clock.pass(3_700_000)
    await play.advance(1)
    const { transactionStates } = await play.ask(listTransactions, 0, { stateFilters: [], producerIdFilters: [] })
    expect(transactionStates.map(({ transactionalId }) => transactionalId)).toEqual(['t'])
    await play.killAndStart()
    expect(await play.add('idle', { id: 0, epoch: 0 }, 'out', [0])).toEqual(['INVALID_PRODUCER_ID_MAPPING'])
  })
})

describe('a transaction', () => {
  it('shows its records when it is committed, in all partitions', async () => {
    const play = await playWithTopic()
    const producer = await withOpenTransaction(play)
    expect(committed(play)).toEqual([[], []])
    expect(await play.end('t', producer, 'commit')).toBe('NONE')
    expect(committed(play)).toEqual([['r'], ['r']])
  })

  it('never shows its records when it is aborted', async () => {
    const play = await playWithTopic()
    const producer = await withOpenTransaction(play)
    expect(await play.end('t', producer, 'abort')).toBe('NONE')
    expect(committed(play)).toEqual([[], []])
    expect(areStable(play)).toBe(true)
  })

  it('can be ended again in the same way, and not in the other', async () => {
    const play = await playWithTopic()
    const producer = await withOpenTransaction(play)
    expect(await play.end('t', await play.producer('empty'), 'commit')).toBe('INVALID_PRODUCER_ID_MAPPING')
    expect(await play.end('empty', await play.producer('empty'), 'abort')).toBe('INVALID_TXN_STATE')
    await play.end('t', producer, 'commit')
    expect(await play.end('t', producer, 'commit')).toBe('NONE')
    expect(await play.end('t', producer, 'abort')).toBe('INVALID_TXN_STATE')
    expect(play.log('out', 0).items).toHaveLength(2)
  })

  it('takes no batch for a partition that was not added to it', async () => {
    const play = await playWithTopic()
    const producer = await play.producer('t')
    expect(play.produce('t', producer, 'out', 0, 'r')).toBe('INVALID_TXN_STATE')
    await play.add('t', producer, 'out', [1])
    expect(play.produce('t', producer, 'out', 0, 'r')).toBe('INVALID_TXN_STATE')
    expect(play.produce('t', producer, 'out', 1, 'r')).toBe('NONE')
    await play.end('t', producer, 'commit')
    expect(play.produce('t', producer, 'out', 1, 'r')).toBe('INVALID_TXN_STATE')
    expect(() => play.coordinator.verify(null, producer, 'out', 0)).toThrow(Refusal)
  })

  it('adds all partitions or none', async () => {
    const play = await playWithTopic()
    const producer = await play.producer('t')
    expect(await play.add('t', producer, 'out', [0, 7])).toEqual(['OPERATION_NOT_ATTEMPTED', 'UNKNOWN_TOPIC_OR_PARTITION'])
    expect(play.produce('t', producer, 'out', 0, 'r')).toBe('INVALID_TXN_STATE')
  })

  it('is rolled back when it takes longer than its producer asked for, which is then fenced', async () => {
    const play = await playWithTopic()
    const producer = await withOpenTransaction(play)
    await play.advance(55_000)
    expect(areStable(play)).toBe(false)
    await play.advance(20_000)
    expect(areStable(play)).toBe(true)
    expect(committed(play)).toEqual([[], []])
    expect(play.produce('t', producer, 'out', 0, 'late')).toBe('INVALID_PRODUCER_EPOCH')
    expect(await play.end('t', producer, 'commit')).toBe('PRODUCER_FENCED')
    expect(await play.producer('t')).toEqual({ id: producer.id, epoch: producer.epoch + 2 })
  })

  it('carries offsets of groups, which show when it is committed', async () => {
    const play = await playWithTopic()
    const producer = await withOpenTransaction(play)
    expect(await play.commitOffset('t', producer, 'g', 5)).toBe('INVALID_TXN_STATE')
    expect(await play.addGroup('t', producer, 'g')).toBe('NONE')
    expect(await play.commitOffset('t', producer, 'g', 5)).toBe('NONE')
    expect(play.groups.committed.size).toBe(0)
    await play.end('t', producer, 'commit')
    expect(play.groups.committed).toEqual(new Map([['g in-0', 5]]))
    await play.addGroup('t', producer, 'g')
    await play.commitOffset('t', producer, 'g', 9)
    await play.end('t', producer, 'abort')
    expect(play.groups.committed).toEqual(new Map([['g in-0', 5]]))
    expect(play.groups.pending.size).toBe(0)
  })

  it('answers what the group says of the member that commits', async () => {
    const play = await playWithTopic()
    const producer = await play.producer('t')
    await play.addGroup('t', producer, 'g')
    play.groups.refusal = new Refusal('ILLEGAL_GENERATION', 'old')
    expect(await play.commitOffset('t', producer, 'g', 5)).toBe('ILLEGAL_GENERATION')
  })

  it('ends also when a topic of it is deleted', async () => {
    const play = await playWithTopic()
    const producer = await withOpenTransaction(play)
    play.deleteLog('out', 0)
    expect(await play.end('t', producer, 'commit')).toBe('NONE')
    expect(play.log('out', 1).committed()).toEqual(['r'])
  })

  it('stays open when the decision cannot be written, and can be ended later', async () => {
    const play = await playWithTopic()
    const producer = await withOpenTransaction(play)
    play.disk.before = (call) => {
      if (call === 'write') throw systemError('ENOSPC')
    }
    expect(await play.end('t', producer, 'commit')).toBe('COORDINATOR_NOT_AVAILABLE')
    expect(committed(play)).toEqual([[], []])
    play.disk.before = () => {}
    expect(await play.end('t', producer, 'commit')).toBe('NONE')
    expect(committed(play)).toEqual([['r'], ['r']])
  })

  it('that is decided is ended once a log can be written again', async () => {
    const play = await playWithTopic()
    const producer = await withOpenTransaction(play)
    play.log('out', 1).beforeMarker = () => Promise.reject(new Refusal('KAFKA_STORAGE_ERROR', 'disk full'))
    expect(await play.end('t', producer, 'commit')).toBe('NONE')
    expect(committed(play)).toEqual([['r'], []])
    expect(await play.end('t', producer, 'commit')).toBe('CONCURRENT_TRANSACTIONS')
    expect(await play.end('t', producer, 'abort')).toBe('INVALID_TXN_STATE')
    expect(await play.add('t', producer, 'out', [0])).toEqual(['CONCURRENT_TRANSACTIONS'])
    expect(play.produce('t', producer, 'out', 0, 'next')).toBe('NOT_ENOUGH_REPLICAS')
    await expect(play.producer('t')).rejects.toThrow('CONCURRENT_TRANSACTIONS')
    play.log('out', 1).beforeMarker = () => Promise.resolve()
    await play.advance(1000)
    expect(committed(play)).toEqual([['r'], ['r']])
    await expect(play.producer('t')).resolves.toMatchObject({ epoch: 1 })
  })
})

describe('after the broker ended', () => {
  const end = (play: Play, how: 'cleanly' | 'by a kill'): Promise<void> => (how === 'cleanly' ? play.restart() : play.killAndStart())
  const ways = ['cleanly', 'by a kill'] as const

  it.each(ways)('%s, an open transaction goes on and can be committed', async (how) => {
    const play = await playWithTopic()
    const producer = await withOpenTransaction(play)
    await play.addGroup('t', producer, 'g')
    await play.commitOffset('t', producer, 'g', 5)
    await end(play, how)
    expect(committed(play)).toEqual([[], []])
    expect(play.produce('t', producer, 'out', 0, 'more')).toBe('NONE')
    expect(await play.commitOffset('t', producer, 'g', 6)).toBe('NONE')
    expect(await play.end('t', producer, 'commit')).toBe('NONE')
    expect(committed(play)).toEqual([['r', 'more'], ['r']])
    expect(play.groups.committed).toEqual(new Map([['g in-0', 6]]))
  })

  it.each(ways)('%s, an open transaction can be aborted', async (how) => {
    const play = await playWithTopic()
    const producer = await withOpenTransaction(play)
    await play.addGroup('t', producer, 'g')
    await play.commitOffset('t', producer, 'g', 5)
    await end(play, how)
    expect(await play.end('t', producer, 'abort')).toBe('NONE')
    expect(committed(play)).toEqual([[], []])
    expect(areStable(play)).toBe(true)
    expect(play.groups.committed.size + play.groups.pending.size).toBe(0)
  })

  it.each(ways)('%s, the time of an open transaction goes on from its start', async (how) => {
    const play = await playWithTopic()
    const producer = await withOpenTransaction(play)
    await play.advance(40_000)
    await end(play, how)
    await play.advance(15_000)
    expect(areStable(play)).toBe(false)
    await play.advance(20_000)
    expect(areStable(play)).toBe(true)
    expect(committed(play)).toEqual([[], []])
    expect(await play.end('t', producer, 'commit')).toBe('PRODUCER_FENCED')
  })

  it('by a kill, a decided commit waits for a log that cannot be written, and is no abort there', async () => {
    const play = await playWithTopic()
    const producer = await withOpenTransaction(play)
    const second = play.log('out', 1)
    second.beforeMarker = () => Promise.reject(new Refusal('KAFKA_STORAGE_ERROR', 'disk full'))
    await play.end('t', producer, 'commit')
    let refusals = 1
    second.beforeMarker = () => (refusals-- > 0 ? Promise.reject(new Refusal('KAFKA_STORAGE_ERROR', 'disk full')) : Promise.resolve())
    await play.killAndStart()
    expect(committed(play)).toEqual([['r'], []])
    await play.advance(1000)
    expect(committed(play)).toEqual([['r'], ['r']])
  })

  it.each(['commit', 'abort'] as const)('by a kill between two markers, a decided %s is carried out', async (outcome) => {
    const play = await playWithTopic()
    const producer = await withOpenTransaction(play)
    await play.addGroup('t', producer, 'g')
    await play.commitOffset('t', producer, 'g', 5)
    let reached!: () => void
    const killed = new Promise<void>((resolve) => {
      reached = resolve
    })
    play.log('out', 1).beforeMarker = () => {
      reached()
      return new Promise(() => {})
    }
    void play.end('t', producer, outcome)
    await killed
    expect(areStable(play)).toBe(false)
    play.log('out', 1).beforeMarker = () => Promise.resolve()
    await play.killAndStart()
    expect(areStable(play)).toBe(true)
    expect(committed(play)).toEqual(outcome === 'commit' ? [['r'], ['r']] : [[], []])
    expect(play.groups.committed.size).toBe(outcome === 'commit' ? 1 : 0)
    expect(await play.end('t', producer, outcome)).toBe('NONE')
  })

  it('by a power cut that took the journal, what logs and groups hold open is rolled back', async () => {
    const play = await playWithTopic()
    const producer = await withOpenTransaction(play)
    await play.addGroup('t', producer, 'g')
    await play.commitOffset('t', producer, 'g', 5)
    play.disk = play.disk.afterPowerCut()
    await play.start()
    expect(areStable(play)).toBe(true)
    expect(play.groups.pending.size).toBe(0)
    expect(committed(play)).toEqual([[], []])
  })
})

describe('the tools', () => {
  it('see transactions with their state', async () => {
    const play = await playWithTopic()
    const producer = await withOpenTransaction(play)
    const other = await play.producer('other')
    const list = async (stateFilters: string[], producerIdFilters: number[] = []) => play.ask(listTransactions, 0, { stateFilters, producerIdFilters })
    expect((await list([])).transactionStates).toHaveLength(2)
    expect((await list(['Ongoing', 'Odd', 'Dead'])).transactionStates).toEqual([{ transactionalId: 't', producerId: producer.id, transactionState: 'Ongoing' }])
    expect((await list(['Odd'])).unknownStateFilters).toEqual(['Odd'])
    expect((await list([], [other.id])).transactionStates).toEqual([{ transactionalId: 'other', producerId: other.id, transactionState: 'Empty' }])
    const { transactionStates } = await play.ask(describeTransactions, 0, { transactionalIds: ['t', 'none', ''] })
    expect(transactionStates[0]).toEqual({
      errorCode: 0, transactionalId: 't', transactionState: 'Ongoing', transactionTimeoutMs: 60_000, transactionStartTimeMs: play.clock.now(),
      producerId: producer.id, producerEpoch: 0, topics: [{ topic: 'out', partitions }],
    })
    expect(transactionStates.slice(1).map(({ errorCode }) => errorName(errorCode))).toEqual(['TRANSACTIONAL_ID_NOT_FOUND', 'INVALID_REQUEST'])
  })
})
