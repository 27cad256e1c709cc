import type { ReplayPlan } from '../replay/plan.ts'
import type { PlanSurroundings } from '../replay/plan-text.ts'
import type { RepairPlan } from '../replay/repair.ts'
import type { ReplayStatus } from '../replay/replay-control.ts'
import type { GenerationState } from '../topology/generations.ts'

/** One line: what `planText` says, for programs. */
export function planJson({ partitions, faults, bounded, behind }: ReplayPlan, { topology, generation, keys }: PlanSurroundings): string {
  return `${JSON.stringify({ type: 'plan', topology, live: { generation, keys }, partitions: partitions.map(({ range, ...one }) => ({ ...one, ...range })), faults, bounded, behind })}\n`
}

/** One line: what `repairText` says, for programs. */
export function repairJson({ span, live, plan: { partitions, faults } }: RepairPlan): string {
  return `${JSON.stringify({ type: 'plan', mode: 'repair', span, live: { generation: live.number, keys: live.keys }, partitions: partitions.map(({ range, ...one }) => ({ ...one, ...range })), faults })}\n`
}

/** One line: what `statusText` says, for programs. */
export function statusJson(topology: string, { live, replay }: ReplayStatus): string {
  return `${JSON.stringify({ type: 'status', topology, live: plain(live), replay: replay === undefined ? null : plain(replay) })}\n`
}

function plain({ starts, positions, limits, ...state }: GenerationState): object {
  return { ...state, starts: Object.fromEntries(starts), positions: Object.fromEntries(positions), limits: Object.fromEntries(limits) }
}
