import { expect, test } from 'vitest'
import { apis } from '../../support/wire-tables.ts'

/**
 * First version and last, and the first flexible one. Metadata and Fetch end before topic ids, which
 * must come in both or in neither; the last ones of transactions are before those that need
 * `transaction.version` 2.
 */
const wanted: Readonly<Record<string, readonly [key: number, first: number, last: number, flexibleSince: number]>> = {
  Produce: [0, 3, 9, 9],
  Fetch: [1, 4, 12, 12],
  ListOffsets: [2, 1, 7, 6],
  Metadata: [3, 0, 9, 9],
  OffsetCommit: [8, 2, 8, 8],
  OffsetFetch: [9, 1, 8, 6],
  FindCoordinator: [10, 0, 4, 3],
  JoinGroup: [11, 0, 7, 6],
  Heartbeat: [12, 0, 4, 4],
  LeaveGroup: [13, 0, 5, 4],
  SyncGroup: [14, 0, 5, 4],
  DescribeGroups: [15, 0, 5, 5],
  ListGroups: [16, 0, 4, 3],
  ApiVersions: [18, 0, 3, 3],
  CreateTopics: [19, 2, 7, 5],
  DeleteTopics: [20, 1, 6, 4],
  DeleteRecords: [21, 0, 2, 2],
  InitProducerId: [22, 0, 4, 2],
  OffsetForLeaderEpoch: [23, 2, 4, 4],
  AddPartitionsToTxn: [24, 0, 3, 3],
  AddOffsetsToTxn: [25, 0, 3, 3],
  EndTxn: [26, 0, 3, 3],
  TxnOffsetCommit: [28, 0, 3, 3],
  DescribeConfigs: [32, 1, 4, 4],
  AlterConfigs: [33, 0, 2, 2],
  DescribeLogDirs: [35, 1, 4, 2],
  CreatePartitions: [37, 0, 3, 2],
  DeleteGroups: [42, 0, 2, 2],
  IncrementalAlterConfigs: [44, 0, 1, 1],
  AlterPartitionReassignments: [45, 0, 0, 0],
  ListPartitionReassignments: [46, 0, 0, 0],
  OffsetDelete: [47, 0, 0, Infinity],
  DescribeCluster: [60, 0, 1, 0],
  DescribeProducers: [61, 0, 0, 0],
  DescribeTransactions: [65, 0, 0, 0],
  ListTransactions: [66, 0, 0, 0],
}

test('the tables describe the versions that clients need, and no others', () => {
  expect(Object.fromEntries(apis.map(({ name, key, versions, flexibleSince }) => [name, [key, ...versions, flexibleSince]]))).toEqual(wanted)
})
