import { MillraceError } from '../errors.ts'

const redacted = '[redacted]'
const deepest = 6
const longestText = 8192

/** Of a field, or of a path of fields that ends in one. */
export const secretName = /(passw(or)?d|passphrase|secret|token|authorization|credentials?|api[-_]?key|private[-_]?key)$|^sasl$|^auth$/i
/** Up to the last @ before a space: passwords are often not percent-encoded. `file:///a/@b` has no userinfo. */
const userinfo = /([a-z][a-z\d+.-]{0,20}:\/\/)(?!\/)\S*@/gi
const assignment = /((?:passw(?:or)?d|passphrase|secret|token|api[-_]?key)=)[^\s&,;]+/gi
const privateKey = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*-----|$)/g

/** The text without the secrets that can be told by their form: userinfo of URLs, `password=…`, private keys. */
export function redactText(text: string): string {
  return shortened(text).replace(userinfo, `$1${redacted}@`).replace(assignment, `$1${redacted}`).replace(privateKey, redacted)
}

/** Cut between words: half a URL could no longer be told to hold a password. */
function shortened(text: string): string {
  return text.length <= longestText ? text : `${text.slice(0, text.lastIndexOf(' ', longestText) + 1)}…`
}

/**
 * Plain data for a log line: fields named like a secret lose their value, at any depth; bytes show
 * their length only; of errors stays what names the fault, not what was sent. Never throws.
 */
export function redact(value: unknown): unknown {
  return plain(value, new Set())
}

function plain(value: unknown, above: Set<object>): unknown {
  switch (typeof value) {
    case 'string':
      return redactText(value)
    case 'bigint':
    case 'symbol':
      return String(value)
    case 'function':
      return '[function]'
    case 'object':
      if (value === null) return null
      if (above.has(value) || above.size === deepest) return '[deep]'
      above.add(value)
      try {
        return plainObject(value, above)
      } catch {
        return '[unreadable]'
      } finally {
        above.delete(value)
      }
    default:
      return value
  }
}

function plainObject(value: object, above: Set<object>): unknown {
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`
  if (Array.isArray(value)) return value.map((item) => plain(item, above))
  if (value instanceof Error) return plainFields(errorFields(value), above)
  if ('toJSON' in value && typeof value.toJSON === 'function') return plain(value.toJSON(), above)
  return plainFields(value, above)
}

function plainFields(fields: object, above: Set<object>): Record<string, unknown> {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries.map(([name, value]) => [redactText(name), secretName.test(name) ? redacted : plain(value, above)]))
}

/** Clients hang the command and its arguments on their errors; only these fields are known to be harmless. */
function errorFields(error: Error): object {
  const code = 'code' in error ? error.code : undefined
  const place = error instanceof MillraceError ? { place: error.place, remedy: error.remedy } : {}
  const errors = error instanceof AggregateError ? { errors: error.errors } : {}
  return { name: error.name, code, message: error.message, ...place, stack: error.stack, cause: error.cause, ...errors }
}
