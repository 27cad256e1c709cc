import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { addReplayCommand, type ReplayAction, type ReplayFlags } from '../../src/cli/replay-command.ts'
import { emptyProgram } from '../../src/cli/empty-program.ts'

const folder = mkdtempSync(join(tmpdir(), 'millrace-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function read(...args: string[]): Promise<[string, ReplayAction | undefined, ReplayFlags]> {
  let got: [string, ReplayAction | undefined, ReplayFlags] | undefined
  const program = emptyProgram()
  addReplayCommand(program, (...given) => {
    got = given
    return Promise.resolve()
  })
  await program.parseAsync(['replay', ...args], { from: 'user' })
  return got!
}

describe('millrace replay', () => {
  it('reads a wish', async () => {
    expect(await read('x.ts', '--from', '6h', '--to', 'now', '--partition', 'a/0', '--partition', 'a/01', '--rate', '100', '--accept-loss', '--execute')).toMatchObject([
      'x.ts', undefined, { from: { agoMs: 21_600_000 }, to: 'now', partition: ['a/0', 'a/1'], rate: 100, acceptLoss: true, execute: true },
    ])
  })

  it('reads offsets from a file', async () => {
    const file = join(folder, 'offsets')
    writeFileSync(file, 'topic2/0 9720\ntopic2/1 9560\n')
    expect((await read('x.ts', '--offsets', file))[2].offsets).toEqual({ offsets: { 'topic2/0': 9720, 'topic2/1': 9560 } })
    await expect(read('x.ts', '--offsets', join(folder, 'none'))).rejects.toMatchObject({ code: 'MR_OPTIONS_INVALID', place: { at: join(folder, 'none') } })
  })

  it.each(['status', 'pause', 'resume', 'switch', 'rollback', 'drop'])('reads %s of a replay that was begun', async (action) => {
    expect((await read('x.ts', action))[1]).toBe(action)
    await expect(read('x.ts', action, '--accept-loss')).rejects.toMatchObject({ code: 'MR_OPTIONS_INVALID', message: `replay ${action} takes no --accept-loss` })
  })

  it.each([
    [['x.ts'], 'it is not said where'],
    [['x.ts', 'stop'], '"stop" is nothing'],
    [['x.ts', '--from', 'now', '--when-caught-up'], '--when-caught-up is for'],
    [['x.ts', 'drop', '--when-caught-up'], '--when-caught-up is for'],
    [['x.ts', '--from', 'now', '--mode', 'sideways'], '"sideways" is no mode'],
    [['x.ts', '--from', 'now', '--mode', 'reset', '--to', 'now'], 'takes no --to'],
    [['x.ts', '--from', 'now', '--mode', 'reset', '--rate', '5'], 'takes no --to'],
    [['x.ts', '--from', 'now', '--rate', '0'], '--rate'],
  ])('refuses %j', async (args, fault) => {
    await expect(read(...args)).rejects.toMatchObject({ code: 'MR_OPTIONS_INVALID', message: expect.stringContaining(fault) as string, remedy: expect.any(String) as string })
  })

  it.each(['additive', 'rewind'])('refuses to add to the results that are there (%s), and says what to do instead', async (mode) => {
    await expect(read('x.ts', '--from', '6h', '--mode', mode)).rejects.toMatchObject({ code: 'MR_REWIND_REFUSED', remedy: expect.stringContaining('beside the live results') as string })
  })
})
