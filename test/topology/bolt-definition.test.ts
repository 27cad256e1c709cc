import { describe, expect, test } from 'vitest'
import { bolt, type OutputCollector } from '../../src/topology/bolt-definition.ts'
import type { TaskContext } from '../../src/topology/context.ts'
import { streams } from '../../src/topology/outputs.ts'
import { BoltEmits, taskContext } from './task-context.ts'

describe('a bolt from a function', () => {
  test('declares its fields as the default stream', () => {
    expect(bolt({ word: 'string' }, () => {}).streams).toEqual({ default: { word: 'string' } })
  })

  test('declares several streams by name', () => {
    expect(bolt(streams({ words: { word: 'string' }, errors: { text: 'string' } }), () => {}).streams).toEqual({ words: { word: 'string' }, errors: { text: 'string' } })
  })

  test('declares no stream when it names no fields', () => {
    expect(bolt({}, () => {}).streams).toEqual({})
  })

  test('is called with the tuple, where to emit, and its context', () => {
    const seen: TaskContext[] = []
    const split = bolt(streams({ default: { word: 'string' }, lengths: { n: 'number' } }), (tuple: { value: string }, out, context) => {
      seen.push(context)
      for (const word of tuple.value.split(' ')) out.emit({ word })
      out.emit({ n: tuple.value.length }, 'lengths')
      out.emitDirect(7, { word: 'last' })
    })
    const context = taskContext()
    const out = new BoltEmits()
    expect(split.createTask(context).execute({ value: 'a b' }, out)).toBeUndefined()
    expect(out.emitted).toEqual([
      { tuple: { word: 'a' }, stream: undefined },
      { tuple: { word: 'b' }, stream: undefined },
      { tuple: { n: 3 }, stream: 'lengths' },
      { tuple: { word: 'last' }, stream: undefined, task: 7 },
    ])
    expect(seen).toEqual([context])
  })

  test('answers its promise, so that the runtime can wait for it', async () => {
    const slow = bolt({ n: 'number' }, async (tuple: { n: number }, out) => out.emit(await Promise.resolve(tuple)))
    const out = new BoltEmits()
    const answer = slow.createTask(taskContext()).execute({ n: 1 }, out)
    expect(out.emitted).toEqual([])
    await answer
    expect(out.emitted).toHaveLength(1)
  })

  test('may be an old-style function, with or without a prototype', () => {
    const out = new BoltEmits()
    bolt({ n: 'number' }, function (tuple: { n: number }, out) { out.emit(tuple) }).createTask(taskContext()).execute({ n: 1 }, out)
    expect(out.emitted).toHaveLength(1)
  })
})

describe('a bolt from a class', () => {
  class Counting {
    readonly calls: string[] = []
    #context: TaskContext | undefined
    #n = 0
    prepare(context: TaskContext): void {
      this.#context = context
    }
    execute(_tuple: { word: string }, out: OutputCollector<{ n: 'number'; task: 'number' }>): void {
      out.emit({ n: ++this.#n, task: this.#context!.task })
    }
    cleanup(): Promise<void> {
      this.#n = -1
      return Promise.resolve()
    }
  }

  test('is made anew for every task', async () => {
    const definition = bolt({ n: 'number', task: 'number' }, Counting)
    const out = new BoltEmits()
    const tasks = [definition.createTask(taskContext()), definition.createTask(taskContext())]
    for (const task of tasks) await task.prepare?.()
    for (const task of [...tasks, tasks[0]!]) task.execute({ word: 'a' }, out)
    for (const task of tasks) await task.cleanup?.()
    expect(out.emitted.map(({ tuple }) => tuple)).toEqual([{ n: 1, task: 3 }, { n: 1, task: 3 }, { n: 2, task: 3 }])
  })

  test('needs neither prepare nor cleanup', async () => {
    const task = bolt({}, class { execute(): void {} }).createTask(taskContext())
    await task.prepare?.()
    await task.cleanup?.()
    expect(task.execute({}, new BoltEmits())).toBeUndefined()
  })

  test('may keep execute in a field', () => {
    const out = new BoltEmits()
    bolt({ n: 'number' }, class { execute = (tuple: { n: number }, out: OutputCollector<{ n: 'number' }>) => out.emit(tuple) }).createTask(taskContext()).execute({ n: 1 }, out)
    expect(out.emitted).toHaveLength(1)
  })

  test('may be a constructor of the old kind', () => {
    function Old() {}
    Old.prototype.execute = (tuple: { n: number }, out: OutputCollector<{ n: 'number' }>) => out.emit(tuple)
    const out = new BoltEmits()
    bolt({ n: 'number' }, Old as never).createTask(taskContext()).execute({ n: 1 }, out)
    expect(out.emitted).toHaveLength(1)
  })

  test('is refused when it has no execute', () => {
    const definition = bolt({}, class Lazy { run(): void {} } as never)
    expect(() => definition.createTask(taskContext())).toThrow(expect.objectContaining({ code: 'MR_TOPOLOGY_INVALID', message: 'class Lazy has no execute method' }) as Error)
  })
})

describe('what is neither function nor class', () => {
  class Split {
    execute(): void {}
  }
  test.each([
    [new Split(), 'an instance of Split'],
    [{ execute: () => {} }, 'an object'],
    ['split', 'a string'],
    [undefined, 'undefined'],
    [null, 'null'],
  ])('%o is refused', (component, name) => {
    expect(() => bolt({}, component as never)).toThrow(expect.objectContaining({
      code: 'MR_TOPOLOGY_INVALID',
      message: `bolt() was given ${name}, which is neither a function nor a class`,
      remedy: expect.stringContaining('not an instance') as string,
    }) as Error)
  })
})
