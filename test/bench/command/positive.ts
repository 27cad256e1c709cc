import { InvalidArgumentError } from 'commander'

/** A number of an option. */
export function positive(text: string): number {
  const number = Number(text)
  if (number > 0 && Number.isFinite(number)) return number
  throw new InvalidArgumentError('give a number above 0')
}
