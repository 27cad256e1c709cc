import { escapeControls } from '../base/escape.ts'
import type { Difference } from '../topology/generations.ts'

/** `words whale: 12, the recount 13`; keys and values come from records and may hold anything. */
export function differenceText({ key, field, live, other }: Difference, otherName: string): string {
  const name = field === undefined ? key : `${key} ${field}`
  return escapeControls(`${name}: ${live ?? 'nothing'}, ${otherName} ${other ?? 'nothing'}`)
}
