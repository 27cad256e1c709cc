import { MillraceError } from '../errors.ts'

/** For an option that takes a whole number from `least` on. */
export function numberParser(option: string, least: number, most: number = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const number = Number(text)
    if (/^\d+$/.test(text) && Number.isSafeInteger(number) && number >= least && number <= most) return number
    throw new MillraceError('MR_OPTIONS_INVALID', `${option}: "${text}" is not a whole number from ${least}${most === Number.MAX_SAFE_INTEGER ? '' : ` to ${most}`}`, {
      remedy: `write it like ${option} ${least}`,
    })
  }
}
