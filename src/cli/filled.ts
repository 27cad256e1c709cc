import { InvalidArgumentError } from 'commander'

/** An option's text. An empty one is refused, by the name of what is empty: it is a slip in a script, and no wish for the default. */
export function filled(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('It is empty; name one or leave it out.')
  return text
}
