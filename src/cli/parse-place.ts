import { MillraceError } from '../errors.ts'

/** A place in a partition: one of its ends, an offset, or so many records before its end. */
export type Place = 'earliest' | 'latest' | { readonly offset: number } | { readonly beforeEnd: number }

/** `earliest`, `latest`, `9720`, `end-100`. */
export function parsePlace(text: string): Place {
  if (text === 'earliest' || text === 'latest') return text
  const number = Number(/^(?:end-)?(\d+)$/.exec(text)?.[1])
  if (Number.isSafeInteger(number)) return text.startsWith('end-') ? { beforeEnd: number } : { offset: number }
  throw new MillraceError('MR_OPTIONS_INVALID', `--offset: "${text}" is no place in a partition`, { remedy: 'write earliest, latest, an offset like 9720, or end-100' })
}
