import { describe, expect, test } from 'vitest'
import type { TaskContext } from '../../src/topology/context.ts'
import { streams } from '../../src/topology/outputs.ts'
import { spout, type SpoutFunctionContext, type SpoutOutputCollector } from '../../src/topology/spout-definition.ts'
import { SpoutBench } from './task-context.ts'

/** 0, 1, 2 … below `end`, with nothing now before each multiple of `pause`. */
function numbers(end: number, pause?: number) {
  return spout({ n: 'number' }, function* (_context, from) {
    for (let n = from; n < end; n++) {
      if (pause !== undefined && n % pause === 0) yield undefined
      yield { n }
    }
  })
}

describe('a spout from a generator', () => {
  test('numbers its tuples by offset and goes on from where it is told', async () => {
    const bench = new SpoutBench({ from: 5 })
    const task = numbers(8).createTask(bench.context)
    await task.open?.()
    expect(task.positions()).toEqual([{ partition: 'numbers/1', offset: 5 }])
    bench.drain(task)
    expect(bench.out.emitted).toEqual([5, 6, 7].map((n) => ({ tuple: { n }, stream: undefined, offset: n })))
    expect(task.positions()).toEqual([{ partition: 'numbers/1', offset: 8 }])
  })

  test('is finished when it ends, and never asked again', async () => {
    const bench = new SpoutBench()
    const task = numbers(1).createTask(bench.context)
    await task.open?.()
    expect(task.nextTuple(bench.out)).toBe(true)
    expect([task.finished(), task.lag()]).toEqual([false, 1])
    expect(task.nextTuple(bench.out)).toBe(false)
    expect([task.finished(), task.lag()]).toEqual([true, 0])
    expect(bench.clock.nextTimerMs()).toBeUndefined()
    expect(task.nextTuple(bench.out)).toBe(false)
  })

  test('is asked again 10 ms after it had nothing', async () => {
    const bench = new SpoutBench()
    const task = numbers(4, 2).createTask(bench.context)
    await task.open?.()
    bench.drain(task)
    expect([bench.tuples, task.lag(), task.finished()]).toEqual([[], 0, false])
    bench.clock.advance(9)
    expect(bench.wakes).toBe(0)
    bench.clock.advance(1)
    expect(bench.wakes).toBe(1)
    bench.drain(task)
    bench.clock.advance(10)
    bench.drain(task)
    expect(bench.tuples).toEqual([{ n: 0 }, { n: 1 }, { n: 2 }, { n: 3 }])
    expect(task.finished()).toBe(true)
  })

  test('stops at the limit of a run that ends, and a pause is its end, too', async () => {
    const bench = new SpoutBench({ limit: 2 })
    const task = numbers(100).createTask(bench.context)
    await task.open?.()
    bench.drain(task)
    expect([bench.tuples, task.finished(), task.lag()]).toEqual([[{ n: 0 }, { n: 1 }], true, 0])

    const pausing = new SpoutBench({ limit: 50 })
    const other = numbers(100, 3).createTask(pausing.context)
    await other.open?.()
    expect(other.finished()).toBe(false)
    pausing.drain(other)
    expect(other.finished()).toBe(true)
  })

  test('is ended with its task: its finally runs and its signal is aborted', async () => {
    const bench = new SpoutBench()
    const ended: boolean[] = []
    const task = spout({ n: 'number' }, function* (context: SpoutFunctionContext) {
      try {
        for (;;) yield { n: context.index }
      } finally {
        ended.push(context.signal.aborted)
      }
    }).createTask(bench.context)
    await task.open?.()
    task.nextTuple(bench.out)
    await task.close?.()
    expect([bench.tuples, ended]).toEqual([[{ n: 1 }], [true]])
  })

  test('may be any sequence', async () => {
    const bench = new SpoutBench({ from: 1 })
    const task = spout({ n: 'number' }, (_, from) => [{ n: 1 }, { n: 2 }, { n: 3 }].slice(from)).createTask(bench.context)
    await task.open?.()
    bench.drain(task)
    expect(bench.tuples).toEqual([{ n: 2 }, { n: 3 }])
  })

  test('that throws stops the topology, with the place where it stood', async () => {
    const bench = new SpoutBench({ from: 7 })
    const task = spout({ n: 'number' }, function* () {
      yield { n: 1 }
      throw new Error('the file is gone')
    }).createTask(bench.context)
    await task.open?.()
    expect(() => bench.drain(task)).toThrow(expect.objectContaining({
      code: 'MR_SPOUT_FAILED',
      message: 'the file is gone',
      place: { component: 'numbers', task: 3, partition: 'numbers/1', offset: 8 },
    }) as Error)
  })

  test.each([1, 'text', null])('that yields %j is refused', async (value) => {
    const bench = new SpoutBench()
    const task = spout({ n: 'number' }, (() => [value]) as never).createTask(bench.context)
    await task.open?.()
    expect(() => bench.drain(task)).toThrow(expect.objectContaining({ code: 'MR_EMIT_INVALID' }) as Error)
  })

  test('whose function answers no sequence is refused when opened', async () => {
    const task = spout({ n: 'number' }, (() => 7) as never).createTask(new SpoutBench().context)
    await expect(async () => task.open?.()).rejects.toMatchObject({ code: 'MR_SPOUT_FAILED', message: 'the function of a spout answered a number, which is no sequence' })
  })
})

describe('a spout from an asynchronous generator', () => {
  const later = (end: number) => spout({ n: 'number' }, async function* (_context, from) {
    for (let n = from; n < end; n++) yield await Promise.resolve({ n })
  })

  test('wakes the runtime when something has come, and numbers it the same way', async () => {
    const bench = new SpoutBench({ from: 2 })
    const task = later(4).createTask(bench.context)
    await task.open?.()
    expect([task.nextTuple(bench.out), task.finished()]).toEqual([false, false])
    while (!task.finished()) {
      await bench.woken()
      bench.drain(task)
    }
    expect(bench.out.emitted.map(({ tuple, offset }) => [tuple, offset])).toEqual([[{ n: 2 }, 2], [{ n: 3 }, 3]])
    expect(bench.clock.nextTimerMs()).toBeUndefined()
  })

  test('is read ahead only so far', async () => {
    const bench = new SpoutBench()
    let drawn = 0
    const task = spout({ n: 'number' }, async function* () {
      for (;;) yield await Promise.resolve({ n: drawn++ })
    }).createTask(bench.context)
    const first = bench.woken()
    await task.open?.()
    await first
    while (drawn < 1024) await Promise.resolve()
    for (let i = 0; i < 100; i++) await Promise.resolve()
    expect(drawn).toBeLessThanOrEqual(1025)
    bench.drain(task)
    expect(bench.tuples).toEqual(Array.from({ length: 1024 }, (_, n) => ({ n })))
    await bench.woken()
    bench.drain(task)
    expect(bench.tuples.length).toBeGreaterThan(1024)
    await task.close?.()
  })

  test('gives all it had before it throws', async () => {
    const bench = new SpoutBench()
    const task = spout({ n: 'number' }, async function* () {
      yield await Promise.resolve({ n: 0 })
      throw new Error('connection lost')
    }).createTask(bench.context)
    const first = bench.woken()
    await task.open?.()
    await first
    const drained = async () => {
      for (;;) {
        bench.drain(task)
        await Promise.resolve()
      }
    }
    await expect(drained()).rejects.toMatchObject({ code: 'MR_SPOUT_FAILED', message: 'connection lost', place: { offset: 1 } })
    expect(bench.tuples).toEqual([{ n: 0 }])
  })

  test('is let go at once when its task closes, though it still waits', async () => {
    const bench = new SpoutBench()
    const aborted = Promise.withResolvers<void>()
    const task = spout({ n: 'number' }, async function* (context) {
      await new Promise<void>((resolve) => context.signal.addEventListener('abort', () => resolve()))
      aborted.resolve()
      yield { n: 1 }
    }).createTask(bench.context)
    await task.open?.()
    await task.close?.()
    await aborted.promise
    expect([task.nextTuple(bench.out), bench.tuples]).toEqual([false, []])
  })
})

describe('a spout from a class', () => {
  class Numbers {
    static calls: string[] = []
    #n = 0
    #end = 3
    open(context: TaskContext): void {
      Numbers.calls.push(`open ${context.index}`)
    }
    seek(offset: number): void {
      Numbers.calls.push(`seek ${offset}`)
      this.#n = offset
    }
    activate(): void {
      Numbers.calls.push('activate')
    }
    deactivate(): void {
      Numbers.calls.push('deactivate')
      this.#end = Infinity
    }
    nextTuple(out: SpoutOutputCollector<{ n: 'number' }>): void {
      if (this.#n >= this.#end) return
      out.emit({ n: this.#n })
      out.emit({ n: -this.#n++ }, 'default')
    }
    close(): void {
      Numbers.calls.push('close')
    }
  }

  test('is opened, told where to go on, and counts one offset for each call that emits', async () => {
    Numbers.calls = []
    const bench = new SpoutBench({ from: 1 })
    const task = spout({ n: 'number' }, Numbers).createTask(bench.context)
    await task.open?.()
    task.activate?.()
    expect(task.nextTuple(bench.out)).toBe(true)
    expect(task.positions()).toEqual([{ partition: 'numbers/1', offset: 2 }])
    bench.drain(task)
    expect(bench.out.emitted.map(({ tuple, offset, stream }) => [tuple['n'], offset, stream])).toEqual([[1, 1, undefined], [-1, 1, 'default'], [2, 2, undefined], [-2, 2, 'default']])
    task.deactivate?.()
    await task.close?.()
    expect(Numbers.calls).toEqual(['open 1', 'seek 1', 'activate', 'deactivate', 'close'])
  })

  test('is asked again 10 ms after it emitted nothing', async () => {
    const bench = new SpoutBench({ from: 3 })
    const task = spout({ n: 'number' }, Numbers).createTask(bench.context)
    await task.open?.()
    expect([task.nextTuple(bench.out), task.nextTuple(bench.out), task.lag(), task.finished()]).toEqual([false, false, 0, false])
    bench.clock.advance(10)
    expect(bench.wakes).toBe(1)
    await task.close?.()
  })

  test('asks for nothing after it was closed', async () => {
    const bench = new SpoutBench({ from: 3 })
    const task = spout({ n: 'number' }, Numbers).createTask(bench.context)
    await task.open?.()
    task.nextTuple(bench.out)
    await task.close?.()
    bench.clock.advance(1000)
    expect(bench.wakes).toBe(0)
  })

  test('is finished at the limit, or when it has nothing in a run that ends', async () => {
    const bench = new SpoutBench({ limit: 2 })
    const task = spout({ n: 'number' }, Numbers).createTask(bench.context)
    await task.open?.()
    bench.drain(task)
    expect([bench.tuples.length, task.finished()]).toEqual([4, true])
    const further = new SpoutBench({ limit: 50 })
    const other = spout({ n: 'number' }, Numbers).createTask(further.context)
    await other.open?.()
    further.drain(other)
    expect([further.tuples.length, other.finished()]).toEqual([6, true])
  })

  test('may emit to several streams', async () => {
    const bench = new SpoutBench()
    const outputs = streams({ even: { n: 'number' }, odd: { n: 'number' } })
    const task = spout(outputs, class {
      #n = 0
      seek(offset: number): void {
        this.#n = offset
      }
      nextTuple(out: SpoutOutputCollector<typeof outputs>): void {
        out.emit({ n: this.#n }, this.#n++ % 2 === 0 ? 'even' : 'odd')
      }
    }).createTask(bench.context)
    await task.open?.()
    task.nextTuple(bench.out)
    task.nextTuple(bench.out)
    expect(bench.out.emitted.map(({ stream }) => stream)).toEqual(['even', 'odd'])
  })

  test('that throws, waits, or emits when it was not asked is told what to do', async () => {
    const failing = async (nextTuple: (out: SpoutOutputCollector<{ n: 'number' }>) => unknown) => {
      const bench = new SpoutBench()
      const task = spout({ n: 'number' }, class { seek(): void {} nextTuple(out: SpoutOutputCollector<{ n: 'number' }>): void { return nextTuple(out) as never } }).createTask(bench.context)
      await task.open?.()
      task.nextTuple(bench.out)
    }
    await expect(failing(() => { throw new Error('gone') })).rejects.toMatchObject({ code: 'MR_SPOUT_FAILED', message: 'gone', place: { component: 'numbers', offset: 0 } })
    await expect(failing(async () => Promise.reject(new Error('later')))).rejects.toMatchObject({ code: 'MR_SPOUT_FAILED', remedy: expect.stringContaining('async function*') as string })
    let kept: SpoutOutputCollector<{ n: 'number' }> | undefined
    await failing((out) => { kept = out })
    expect(() => kept!.emit({ n: 1 })).toThrow(expect.objectContaining({ code: 'MR_EMIT_INVALID' }) as Error)
  })
})

describe('what cannot be a spout', () => {
  class NoSeek {
    nextTuple(): void {}
  }
  class NoNext {
    seek(): void {}
  }
  test.each([
    ['a class without seek', { n: 'number' }, NoSeek, /class NoSeek, which has no seek/, /replay/],
    ['a class without nextTuple', { n: 'number' }, NoNext, /class NoNext, which has no nextTuple/, /nextTuple/],
    ['an instance', { n: 'number' }, new NoSeek(), /an instance of NoSeek/, /not an instance/],
    ['a sequence instead of a function', { n: 'number' }, [1], /an instance of Array/, /generator function/],
    ['nothing', { n: 'number' }, undefined, /undefined/, /generator function/],
    ['a generator with several streams', streams({ a: { n: 'number' } }), () => [], /several streams/, /class/],
  ] as const)('%s is refused with the reason', (_, outputs, component, message, remedy) => {
    expect(() => spout(outputs as never, component as never)).toThrow(expect.objectContaining({
      code: 'MR_TOPOLOGY_INVALID',
      message: expect.stringMatching(message) as string,
      remedy: expect.stringMatching(remedy) as string,
    }) as Error)
  })
})
