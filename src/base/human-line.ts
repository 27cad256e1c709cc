import { escapeControls } from './escape.ts'

/** A JSON log line as `12:03:44.120 WARN  message key=value`, without its end. */
export function humanLine(json: string): string {
  const { time, level, msg, ...fields } = JSON.parse(json) as Record<string, unknown>
  const clock = String(time).slice(11, 23)
  const head = `${clock} ${String(level).toUpperCase().padEnd(5)} ${String(msg)}`
  return escapeControls([head, ...Object.entries(fields).map(([name, value]) => `${name}=${valueText(value)}`)].join(' '))
}

function valueText(value: unknown): string {
  if (typeof value === 'string') return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value)
  const fault = value as { readonly name?: unknown; readonly message?: unknown; readonly stack?: unknown } | null
  if (typeof fault?.message === 'string' && typeof fault.stack === 'string') return JSON.stringify(`${String(fault.name)}: ${fault.message}`)
  return JSON.stringify(value)
}
