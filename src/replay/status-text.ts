import { isoTimeText } from '../base/clock.ts'
import { countText, table } from './plan-text.ts'
import { isComplete, recordsBehind } from './progress.ts'
import type { ReplayStatus } from './replay-control.ts'

/** How a topology's generations stand, for people. */
export function statusText(topology: string, { live, replay }: ReplayStatus): string {
  const lines = [`${topology}: generation ${live.number} is live, ${countText(live.keys)} keys`]
  if (replay === undefined) lines.push('there is no replay')
  else if (replay.status === 'previous') {
    lines.push(`generation ${replay.number} was live before the last switch and is kept, ${countText(replay.keys)} keys: rollback brings it back, drop deletes it`)
  } else if (replay.status === 'dropped') {
    lines.push(`generation ${replay.number} is being deleted, ${countText(replay.keys)} keys are left: drop again deletes them if the one that began it has ended`)
  } else {
    const standing = replay.paused ? 'is paused' : isComplete(replay) ? 'is complete' : 'is being built'
    lines.push(
      `generation ${replay.number} ${standing}, ${countText(replay.keys)} keys, ${countText(recordsBehind(replay.positions, live.positions))} records behind; begun ${isoTimeText(replay.createdMs)}${replay.mode === undefined ? '' : `: ${replay.mode}`}`,
      ...table([
        ['topic/p', 'from', 'next', 'live', 'to'],
        ...Array.from(replay.positions, ([partition, next]) => [partition, figure(replay.starts.get(partition)), countText(next), figure(live.positions.get(partition)), figure(replay.limits.get(partition))]),
      ]),
    )
  }
  return lines.map((line) => `${line}\n`).join('')
}

function figure(offset: number | undefined): string {
  return offset === undefined ? '-' : countText(offset)
}
