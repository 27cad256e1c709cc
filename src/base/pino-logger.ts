import { isatty } from 'node:tty'
import { pino } from 'pino'
import type { DestinationStream, Logger as Pino } from 'pino'
import { escapeControls } from './escape.ts'
import { humanLine } from './human-line.ts'
import type { LogFields, Logger } from './logger.ts'
import { redact, redactText } from './redact.ts'

export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

export interface PinoLoggerOptions {
  /** Lines below it are not made. Default `info`. */
  readonly level?: LogLevel
  /** A short line for people instead of JSON. Default: whether standard error is a terminal. */
  readonly pretty?: boolean
  /** Default: standard error, written synchronously, so a line is out when the call returns, on any thread. */
  readonly destination?: DestinationStream
}

const standardError = 2
/** A line may be written over a wider one of a live table. */
const eraseRest = '\u001b[K'
/** The names pino writes itself: a field of that name would make a second key. */
const ownNames = new Set(['time', 'level', 'msg'])

/** One line per entry with time, level, msg and the fields; secrets redacted, controls escaped. */
export function pinoLogger(options: PinoLoggerOptions = {}): Logger {
  const destination = options.destination ?? pino.destination({ fd: standardError, sync: true })
  const onTerminal = options.destination === undefined && isatty(standardError)
  const pretty = options.pretty ?? onTerminal
  const line = pretty ? humanLine : jsonLine
  const end = pretty && onTerminal ? `${eraseRest}\n` : '\n'
  const sink = { write: (text: string) => destination.write(line(text) + end) }
  const settings = {
    level: options.level ?? 'info',
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (level: string) => ({ level }) },
  }
  return wrap(pino(settings, sink), {})
}

function wrap(target: Pino, own: LogFields): Logger {
  const log = (level: Exclude<LogLevel, 'silent'>) => (message: string, fields?: LogFields) => {
    if (target.isLevelEnabled(level)) target[level](safeFields({ ...own, ...fields }), redactText(message))
  }
  return {
    debug: log('debug'),
    info: log('info'),
    warn: log('warn'),
    error: log('error'),
    child: (fields) => wrap(target, { ...own, ...fields }),
  }
}

function safeFields(fields: LogFields): object {
  const renamed = Object.entries(fields).map(([name, value]) => [ownNames.has(name) ? `${name}_` : name, value])
  return redact(Object.fromEntries(renamed)) as object
}

function jsonLine(line: string): string {
  return escapeControls(line.trimEnd())
}
