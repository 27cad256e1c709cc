import * as v from 'valibot'
import { checkOptions } from '../base/options.ts'

/** The name of a field. */
export const fieldName = v.pipe(v.string(), v.minLength(1))

/** Of `keep` and `fields`: names and types. */
export const fieldTypes = v.record(fieldName, v.unknown())

/** Text that other text can be compared with: a lone surrogate equals nothing that was decoded. */
export const text = v.pipe(v.string(), v.check((written) => written.isWellFormed(), 'must not hold a lone surrogate'))

/** Refuses options of a library bolt that are missing, wrong or unknown, all in one MR_OPTIONS_INVALID. */
export function checkBoltOptions(bolt: string, entries: v.ObjectEntries, written: unknown): void {
  checkOptions(bolt, v.strictObject(entries), written)
}
