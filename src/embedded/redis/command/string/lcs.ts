import { StringValue } from '../../keyspace/string-value.ts'
import { MapReply, type Reply } from '../../resp/reply.ts'
import { integerArgument } from '../arguments.ts'
import { CommandError, syntaxError } from '../command-error.ts'
import type { CommandHandler } from '../command.ts'

const cellBytes = 4

/** The longest common subsequence of two strings. */
export const lcs: CommandHandler = ({ db, engine }, args) => {
  const [a, b] = [db.find(args[1]!), db.find(args[2]!)]
  if ((a !== undefined && !(a instanceof StringValue)) || (b !== undefined && !(b instanceof StringValue))) {
    throw new CommandError('ERR The specified keys must contain string values')
  }
  const options = lcsOptions(args)
  if (options.length && options.index) throw new CommandError('ERR If you want both the length and indexes, please just use IDX.')
  const [left, right] = [a?.text ?? '', b?.text ?? '']
  if ((left.length + 1) * (right.length + 1) * cellBytes > engine.settings.get('proto-max-bulk-len')) {
    throw new CommandError('ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len')
  }
  const table = lengths(left, right)
  const total = table[table.length - 1]!
  if (options.length) return total
  const { text, ranges } = walkBack(left, right, table)
  if (!options.index) return text
  const matches = ranges.filter(({ size }) => size >= options.shortest).map(({ a, b, size }): Reply => {
    const place: Reply[] = [[a, a + size - 1], [b, b + size - 1]]
    return options.withLength ? [...place, size] : place
  })
  return new MapReply(['matches', matches, 'len', total])
}

function lcsOptions(args: readonly string[]): { readonly index: boolean; readonly length: boolean; readonly withLength: boolean; readonly shortest: number } {
  let [index, length, withLength, shortest] = [false, false, false, 0]
  for (let i = 3; i < args.length; i++) {
    const name = args[i]!.toLowerCase()
    if (name === 'idx') index = true
    else if (name === 'len') length = true
    else if (name === 'withmatchlen') withLength = true
    else if (name === 'minmatchlen' && i + 1 < args.length) shortest = integerArgument(args[++i]!)
    else throw syntaxError()
  }
  return { index, length, withLength, shortest }
}

/** Row by row: how long the subsequence of the first i and the first j bytes is. */
function lengths(a: string, b: string): Uint32Array {
  const width = b.length + 1
  const table = new Uint32Array((a.length + 1) * width)
  for (let i = 1; i <= a.length; i++) {
    const byte = a.charCodeAt(i - 1)
    for (let j = 1; j <= b.length; j++) {
      const at = i * width + j
      table[at] = byte === b.charCodeAt(j - 1) ? table[at - width - 1]! + 1 : Math.max(table[at - width]!, table[at - 1]!)
    }
  }
  return table
}

interface Range {
  readonly a: number
  readonly b: number
  readonly size: number
}

/** The subsequence, and the runs it consists of, the last one first. */
function walkBack(a: string, b: string, table: Uint32Array): { readonly text: string; readonly ranges: readonly Range[] } {
  const width = b.length + 1
  const ranges: Range[] = []
  let text = ''
  let open: Range | undefined
  let i = a.length
  let j = b.length
  while (i > 0 && j > 0) {
    if (a.charCodeAt(i - 1) === b.charCodeAt(j - 1)) {
      i--
      j--
      text += a[i]!
      if (open !== undefined && open.a === i + 1 && open.b === j + 1) {
        open = { a: i, b: j, size: open.size + 1 }
      } else {
        if (open !== undefined) ranges.push(open)
        open = { a: i, b: j, size: 1 }
      }
    } else if (table[(i - 1) * width + j]! > table[i * width + j - 1]!) {
      i--
    } else {
      j--
    }
  }
  if (open !== undefined) ranges.push(open)
  return { text: Array.from(text).reverse().join(''), ranges }
}
