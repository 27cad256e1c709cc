import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { exitCodeOf } from '../src/cli/exit-code.ts'
import { asMillraceError, errorCodes, MillraceError, placeText } from '../src/errors.ts'
import type { ErrorCode } from '../src/errors.ts'

const codes = Object.keys(errorCodes) as ErrorCode[]

describe('the error table of the README', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const section = readme.split(/^## /m).find((text) => text.startsWith('Errors\n')) ?? ''
  const rows = [...section.matchAll(/^\| `(MR_\w+)` \| (.+) \| (.+) \| (\d+) \|$/gm)].map(([, code, meaning, remedy, exit]) => ({ code, meaning, remedy, exit: Number(exit) }))

  it('has every code once, in the order of the source, with its meaning and exit code', () => {
    expect(rows.map(({ code, meaning, exit }) => ({ code, meaning, exit }))).toEqual(codes.map((code) => ({ code, meaning: errorCodes[code], exit: exitCodeOf(code) })))
  })

  it('says what to do about each', () => {
    for (const { remedy } of rows) expect(remedy!.trim().length).toBeGreaterThan(10)
  })
})

describe('every error code', () => {
  it('is used somewhere', () => {
    const source = new URL('../src/', import.meta.url)
    const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts') && name !== 'errors.ts' && !name.startsWith('cli'))
    const text = files.map((name) => readFileSync(new URL(name, source), 'utf8')).join('\n')
    expect(codes.filter((code) => !text.includes(`'${code}'`))).toEqual([])
  })

  it.each(codes)('%s has a name in one form and one sentence', (code) => {
    expect(code).toMatch(/^MR_[A-Z]+(_[A-Z]+)*$/)
    expect(errorCodes[code]).toMatch(/^[A-Z`].*\.$/)
  })
})

describe('an error', () => {
  const cause = new TypeError('below')
  const error = new MillraceError('MR_BOLT_FAILED', 'no', { place: { component: 'split', task: 3 }, cause, remedy: 'mend it' })

  it('crosses threads as plain data', () => {
    const copy = MillraceError.fromData(structuredClone(error.toData()))
    expect(copy).toMatchObject({ name: 'MillraceError', code: 'MR_BOLT_FAILED', message: 'no', place: error.place, remedy: 'mend it' })
    expect(copy.toData()).toEqual(error.toData())
    expect(copy.toData().cause).toContain('TypeError: below')
  })

  it('learns the parts of its place that were not known where it was made', () => {
    expect(error.within({ component: 'other', topology: 'word-count' })).toMatchObject({ place: { topology: 'word-count', component: 'split', task: 3 }, cause, remedy: 'mend it' })
    expect(asMillraceError(error, 'MR_INTERNAL', { place: { partition: 'sentences/0', offset: 1 } })).toMatchObject({ code: 'MR_BOLT_FAILED', place: { component: 'split', partition: 'sentences/0' } })
    expect(asMillraceError(error, 'MR_INTERNAL')).toBe(error)
  })

  it.each([[new TypeError('x'), 'x'], ['x', 'x'], [{ x: 1 }, '{ x: 1 }'], [null, 'null'], [undefined, 'undefined'], [10n, '10n']])('is made of whatever was thrown: %s', (thrown, message) => {
    const made = asMillraceError(thrown, 'MR_SPOUT_FAILED', { remedy: 'r' })
    expect(made).toMatchObject({ code: 'MR_SPOUT_FAILED', message, remedy: 'r' })
    expect(() => structuredClone(made.toData())).not.toThrow()
  })

  it('names its place in words', () => {
    expect(placeText({ topology: 'word-count', component: 'split', task: 3, partition: 'sentences/0', offset: 9720, at: 'host:1' })).toBe('topology word-count, component split, task 3, sentences/0@9720, host:1')
    expect(placeText({ partition: 'sentences/0' })).toBe('sentences/0')
    expect(placeText({})).toBe('')
  })
})
