import * as v from 'valibot'
import { checkOptions } from '../base/options.ts'
import { compileOptions } from '../runtime/submit-options.ts'
import type { SubmitOptions } from '../runtime/submit-options.ts'
import type { ReplayOptions } from './replay.ts'
import type { ReplayWish } from './wish.ts'

const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const partition = v.pipe(v.string(), v.regex(/^[\w.-]+\/\d+$/, 'is not topic/partition'))
const point = v.union([
  v.picklist(['earliest', 'start', 'now']),
  v.strictObject({ timestampMs: whole }),
  v.strictObject({ agoMs: whole }),
  v.strictObject({ back: whole }),
  v.strictObject({ offsets: v.pipe(v.record(partition, whole), v.check((offsets) => Object.keys(offsets).length > 0, 'names no partition')) }),
], "must be 'earliest', 'start', 'now', { timestampMs }, { agoMs }, { back } or { offsets: { 'topic/0': 9720 } }, in whole numbers from 0")
const schema = v.strictObject({
  from: point,
  to: v.optional(point),
  partitions: v.optional(v.array(partition)),
  rate: v.optional(v.pipe(v.number(), v.minValue(1))),
  acceptLoss: v.optional(v.boolean(), false),
})

export interface CheckedReplay {
  readonly wish: ReplayWish
  readonly rate: number | undefined
  readonly acceptLoss: boolean
  /** What is left for `submit`. */
  readonly ofRun: Omit<SubmitOptions, 'start' | 'untilCaughtUp' | 'guarantee'>
}

/** Before anything is begun. Throws MR_OPTIONS_INVALID naming every fault. */
export function checkedReplay(options: ReplayOptions): CheckedReplay {
  const { from, to, partitions, rate, acceptLoss, ...ofRun } = options
  const own = checkOptions('replay', schema, { from, acceptLoss, ...(to === undefined ? {} : { to }), ...(partitions === undefined ? {} : { partitions }), ...(rate === undefined ? {} : { rate }) })
  compileOptions(ofRun)
  return {
    wish: { from, ...(to === undefined ? {} : { to }), ...(partitions === undefined ? {} : { partitions }) },
    rate,
    acceptLoss: own.acceptLoss,
    ofRun,
  }
}
