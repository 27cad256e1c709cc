import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { failing, failpoints, FaultSchedule, parseFaults } from '../../src/base/failpoint.ts'
import type { Fault } from '../../src/base/failpoint.ts'

const root = join(import.meta.dirname, '../..')

/** Every call in the product: the name of the point, and whether it stands behind the check that makes it cost nothing. */
function calls(): { readonly name: string; readonly guarded: boolean }[] {
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts') && !file.endsWith('failpoint.ts'))
  return files.flatMap((file) => readFileSync(join(root, 'src', file), 'utf8').split('\n').flatMap((line) => {
    const name = /\bfailpoint(?:Now)?\('([\w.]+)'/.exec(line)?.[1]
    return name === undefined ? [] : [{ name, guarded: /\bif \(failing\) /.test(line) }]
  }))
}

function memory(): { times(text: string): number; add(text: string): void } {
  const happened: string[] = []
  return { times: (text) => happened.filter((other) => other === text).length, add: (text) => void happened.push(text) }
}

const named = (faults: (Fault | undefined)[]): (string | undefined)[] => faults.map((fault) => fault?.text)

describe('failpoints', () => {
  test('are off unless the environment asks for them', () => expect(failing).toBe(false))

  test('stand once each in the code, all of them in the table', () => {
    expect(calls().map(({ name }) => name).sort()).toEqual(Object.keys(failpoints).sort())
  })

  test('cost nothing while they are off', () => {
    expect(calls().filter(({ guarded }) => !guarded)).toEqual([])
  })

  test('are read with their actions, times and passages', () => {
    expect(parseFaults(' commit.sent=kill@3; fetch.answer=delay:5000;; group.joined=lose ')).toEqual([
      { point: 'commit.sent', action: 'kill', ms: 0, passage: 3, text: 'commit.sent=kill@3' },
      { point: 'fetch.answer', action: 'delay', ms: 5000, passage: 1, text: 'fetch.answer=delay:5000' },
      { point: 'group.joined', action: 'lose', ms: 0, passage: 1, text: 'group.joined=lose' },
    ])
  })

  test.each(['commit.sent', 'commit.sent=', 'nowhere=kill', 'commit.sent=kill:5', 'commit.sent=delay', 'commit.sent=kill@', 'toString=kill'])('"%s" is refused', (text) => {
    expect(() => parseFaults(text)).toThrow(expect.objectContaining({ code: 'MR_OPTIONS_INVALID' }))
  })

  test('happen once each, in their order, not before their passage', () => {
    const schedule = new FaultSchedule(parseFaults('epoch.cut=throw@2;epoch.cut=exit;epoch.cut=exit'), memory())
    const faults = Array.from({ length: 5 }, () => schedule.passed('epoch.cut'))
    expect(named(faults)).toEqual([undefined, 'epoch.cut=throw@2', 'epoch.cut=exit', 'epoch.cut=exit', undefined])
    expect(schedule.passed('epoch.mark')).toBeUndefined()
  })

  test('do not happen again for those who are told that they have', () => {
    const happened = memory()
    expect(named([new FaultSchedule(parseFaults('epoch.cut=throw'), happened).passed('epoch.cut')])).toEqual(['epoch.cut=throw'])
    expect(new FaultSchedule(parseFaults('epoch.cut=throw'), happened).passed('epoch.cut')).toBeUndefined()
  })
})
