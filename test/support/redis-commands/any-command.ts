import fc from 'fast-check'
import { hashCommand } from './hash-commands.ts'
import { hyperLogLogCommand } from './hyper-log-log-commands.ts'
import { keyCommand } from './key-commands.ts'
import { listCommand } from './list-commands.ts'
import { setCommand } from './set-commands.ts'
import { sortCommand } from './sort-commands.ts'
import { sortedSetCommand } from './sorted-set-commands.ts'
import { streamCommand } from './stream-commands.ts'
import { stringCommand } from './string-commands.ts'

/** Of every group that works on keys. */
export const anyCommand: fc.Arbitrary<string[]> = fc.oneof(stringCommand, hashCommand, keyCommand, listCommand, setCommand, sortCommand, sortedSetCommand, streamCommand, hyperLogLogCommand)
