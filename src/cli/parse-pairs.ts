import { MillraceError } from '../errors.ts'

/** For an option that may be given often: gathers `name=value` into one object; a name given twice is refused. */
export function pairsParser(option: string): (text: string, before: Readonly<Record<string, string>> | undefined) => Readonly<Record<string, string>> {
  return (text, before = {}) => {
    const [name, value] = splitPair(option, text)
    if (Object.hasOwn(before, name)) throw new MillraceError('MR_OPTIONS_INVALID', `${option}: ${name} is given twice`, { remedy: 'give each name once' })
    return { ...before, [name]: value }
  }
}

/** The same for names that may come more than once: keeps the order. */
export function pairListParser(option: string): (text: string, before: readonly (readonly [string, string])[] | undefined) => readonly (readonly [string, string])[] {
  return (text, before = []) => [...before, splitPair(option, text)]
}

function splitPair(option: string, text: string): readonly [string, string] {
  const equals = text.indexOf('=')
  if (equals > 0) return [text.slice(0, equals), text.slice(equals + 1)]
  throw new MillraceError('MR_OPTIONS_INVALID', `${option}: "${text}" is not name=value`, { remedy: `write it like ${option} name=value` })
}
