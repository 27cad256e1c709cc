import { describe, expect, it } from 'vitest'
import { errorEvent, errorText } from '../../src/cli/error-text.ts'
import { exitCodeOf } from '../../src/cli/exit-code.ts'
import { MillraceError } from '../../src/errors.ts'

const canary = 'CANARY-4711'

describe('an error on the command line', () => {
  const error = new MillraceError('MR_BOLT_FAILED', 'a bolt threw\nfour times', {
    place: { topology: 'word-count', component: 'split', task: 3, partition: 'sentences/0', offset: 9720 },
    cause: Object.assign(new Error('x'), { stack: Array.from({ length: 20 }, (_, i) => `line ${i}`).join('\n') }),
    remedy: "mend the bolt, or set onError: 'skip'",
  })

  it('is code, message, place, first lines of the cause, and remedy', () => {
    expect(errorText(error)).toBe(
      `MR_BOLT_FAILED: a bolt threw
  four times
  place   topology word-count, component split, task 3, sentences/0@9720
  cause   line 0
          line 1
          line 2
          line 3
          line 4
          line 5
  remedy  mend the bolt, or set onError: 'skip'
`,
    )
  })

  it('leaves out what is not known', () => {
    expect(errorText(new MillraceError('MR_INTERNAL', 'no'))).toBe('MR_INTERNAL: no\n')
  })

  it('of an option leaves the stack out', () => {
    const wrong = new MillraceError('MR_OPTIONS_INVALID', '--file: the file cannot be read', { place: { at: 'x' }, cause: new Error('ENOENT: no such file'), remedy: 'correct the path' })
    expect(errorText(wrong)).toBe('MR_OPTIONS_INVALID: --file: the file cannot be read\n  place   x\n  cause   Error: ENOENT: no such file\n  remedy  correct the path\n')
  })

  it('is plain data for programs', () => {
    expect(JSON.parse(JSON.stringify(errorEvent(error, 5)))).toMatchObject({ type: 'error', timeMs: 5, code: 'MR_BOLT_FAILED', message: 'a bolt threw\nfour times', place: error.place, cause: expect.stringContaining('line 19'), remedy: error.remedy, exitCode: 1 })
  })

  it('shows neither secrets nor control characters', () => {
    const url = `redis://:${canary}@host`
    const leaking = new MillraceError('MR_INTERNAL', `no \u001b[2J ${url}`, { place: { at: url }, cause: new Error(url), remedy: url })
    for (const text of [errorText(leaking), `${JSON.stringify(errorEvent(leaking, 5))}\n`]) {
      expect(text).not.toContain(canary)
      expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u)
      expect(text).toContain('redis://[redacted]@host')
    }
  })
})

describe('the exit code', () => {
  it.each([
    ['MR_BOLT_FAILED', 1],
    ['MR_INTERNAL', 1],
    ['MR_OPTIONS_INVALID', 2],
    ['MR_TOPOLOGY_INVALID', 3],
    ['MR_TOPOLOGY_FILE', 3],
    ['MR_KAFKA_UNREACHABLE', 4],
  ] as const)('of %s is %d', (code, exit) => {
    expect(exitCodeOf(code)).toBe(exit)
  })
})
