import { escapeControls } from '../base/escape.ts'
import { redact, redactText } from '../base/redact.ts'
import { placeText } from '../errors.ts'
import type { ErrorCode, MillraceError } from '../errors.ts'
import { exitCodeOf } from './exit-code.ts'

const causeLines = 6

/** An error for people: what, where, why, and what to do next. Ends with a newline. */
export function errorText(error: MillraceError): string {
  const { code, message, place, cause, remedy } = error.toData()
  const rows = [
    ...section('', `${code}: ${message}`.split('\n')),
    ...section('place', [placeText(place)]),
    ...section('cause', causeOf(code, cause ?? '').slice(0, causeLines)),
    ...section('remedy', (remedy ?? '').split('\n')),
  ]
  return `${rows.join('\n')}\n`
}

/** The same for programs, on one line. */
export function errorEvent(error: MillraceError, timeMs: number): object {
  const { code, message, place, cause, remedy } = error.toData()
  return redact({ type: 'error', timeMs, code, message, place, cause, remedy, exitCode: exitCodeOf(code) }) as object
}

/** Where in the program a wrong option was found out helps nobody to correct it. */
function causeOf(code: ErrorCode, cause: string): string[] {
  const lines = cause.split('\n')
  return code === 'MR_OPTIONS_INVALID' ? lines.filter((line) => !/^\s+at /.test(line)) : lines
}

function section(title: string, lines: readonly string[]): string[] {
  if (lines.join('').trim() === '') return []
  return redactText(lines.join('\n')).split('\n').map((line, i) => {
    if (title === '') return i === 0 ? escapeControls(line) : `  ${escapeControls(line)}`
    return `  ${(i === 0 ? title : '').padEnd(8)}${escapeControls(line.trimEnd())}`
  })
}
