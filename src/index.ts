/**
 * The main door of millrace: what a topology file needs. Connectors stand behind doors of their own,
 * `millrace/kafka` and `millrace/redis`.
 *
 * ```ts
 * import { bolt, defineTopology } from 'millrace'
 * import { kafkaSpout } from 'millrace/kafka'
 * import { redisCounter } from 'millrace/redis'
 *
 * const split = bolt({ word: 'string' }, (tuple: { value: string }, out) => {
 *   for (const word of tuple.value.split(' ')) out.emit({ word })
 * })
 *
 * export default defineTopology('word-count', (builder) => {
 *   const lines = builder.setSpout('lines', kafkaSpout({ topic: 'sentences', value: 'utf8' }))
 *   const words = builder.setBolt('split', split).shuffleGrouping(lines)
 *   builder.setBolt('count', redisCounter({ key: 'words', field: 'word' })).fieldsGrouping(words, 'word')
 * })
 * ```
 *
 * Where to read on: `topology/builder.ts` is what users call, `topology/topology.ts` what comes of it,
 * `runtime/plan.ts` where it runs, `runtime/attempt.ts` one worker's share, `runtime/coordinator.ts`
 * how epochs become commits, `redis/commit-script.ts` the one place where results change.
 */
export { bolt, type BoltClass, type BoltFunction, type BoltInstance, type OutputCollector } from './topology/bolt-definition.ts'
export { defineTopology } from './topology/define-topology.ts'
export { streams, type Outputs } from './topology/outputs.ts'
export { spout, type SpoutClass, type SpoutFunction, type SpoutFunctionContext, type SpoutInstance, type SpoutOutputCollector } from './topology/spout-definition.ts'
export { json, type Fields, type FieldType, type Streams, type Tuple, type TupleOf } from './tuple/fields.ts'
export { submit, type ReplayableTopology as RunningTopology } from './replay/submit.ts'
export { replay, type Replay, type ReplayOptions } from './replay/replay.ts'
export { repair, type Repair, type RepairOptions, type RepairPlan, type RepairWish } from './replay/repair.ts'
export { verify, type Verification, type VerifyOptions } from './replay/verify.ts'
export type { Difference } from './topology/generations.ts'
export type { PlannedPartition, ReplayFault, ReplayPlan } from './replay/plan.ts'
export type { ReplayStatus, SwitchOptions } from './replay/replay-control.ts'
export type { ReplayOutcome } from './replay/replay-run.ts'
export type { ReplayPoint, ReplayWish } from './replay/wish.ts'
export type { SubmitOptions } from './runtime/submit-options.ts'
export type { CommitMetrics, ComponentMetrics, MemoryCeiling, MetricsSnapshot, Quantiles, TopologyState, WorkerMetrics } from './metrics/snapshot.ts'
export { MillraceError, errorCodes, type ErrorCode, type Place } from './errors.ts'
export type { TopologyBuilder } from './topology/builder.ts'
export type { BoltHandle } from './topology/bolt-declarer.ts'
export type { SpoutHandle, StreamHandle } from './topology/stream-handle.ts'
export type { TaskContext, TaskMetrics, UserCounter } from './topology/context.ts'
export type { Connections } from './topology/connector.ts'
export type { ComponentOptions, ErrorPolicy, Topology } from './topology/topology.ts'
export type { CustomGrouping } from './grouping/grouping.ts'
