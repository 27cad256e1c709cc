import { isoTimeText } from '../base/clock.ts'
import { timeText } from './plan.ts'
import { countText, table } from './plan-text.ts'
import type { RepairPlan } from './repair.ts'

/** What a repair would do, for people. */
export function repairText({ span, plan: { partitions, faults }, live }: RepairPlan): string {
  const total = partitions.reduce((sum, { records }) => sum + records, 0)
  const lines = [
    ...table([
      ['topic/p', 'log start', 'from', 'to (now)', 'records', 'first record'],
      ...partitions.map(({ partition, range, from, records, firstMs }) => [partition, countText(range.earliest), countText(from), countText(range.latest), countText(records), firstMs === undefined ? '-' : isoTimeText(firstMs)]),
    ]),
    ...faults.map(({ text }) => `! ${text}`),
    `windows of event time inside ${timeText(span.startMs)} to ${timeText(span.endMs)} are made anew from these ${countText(total)} records and those that come meanwhile`,
    `of keys whose sink says which window they hold; all other results stay, and the positions of the live results (generation ${live.number}) too`,
    'the new windows take the place of the old ones at one moment; results that come meanwhile wait for it',
  ]
  return lines.map((line) => `${line}\n`).join('')
}
