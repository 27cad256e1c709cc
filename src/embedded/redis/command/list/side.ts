import { syntaxError } from '../command-error.ts'
import type { ListValue } from '../../keyspace/list-value.ts'

/** An end of a list. */
export type Side = 'left' | 'right'

export function sideArgument(text: string): Side {
  const side = text.toLowerCase()
  if (side !== 'left' && side !== 'right') throw syntaxError()
  return side
}

export function pushTo(list: ListValue, side: Side, item: string): void {
  if (side === 'left') list.pushLeft(item)
  else list.pushRight(item)
}

/** Takes the item at this end of a list that has one. */
export function popFrom(list: ListValue, side: Side): string {
  return (side === 'left' ? list.popLeft() : list.popRight())!
}
