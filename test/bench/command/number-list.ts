import { InvalidArgumentError } from 'commander'

/** `20000,50000` as numbers. */
export function numberList(text: string): number[] {
  const numbers = text.split(',').map(Number)
  if (!numbers.every((number) => number > 0)) throw new InvalidArgumentError('numbers above 0 with commas between them')
  return numbers
}
