/**
 * The door for tests of topologies: the real runtime on one thread, in virtual time, against a store
 * in memory. A run is decided by its seed, so a failure replays.
 *
 * ```ts
 * import { TopologyDriver } from 'millrace/testing'
 * import wordCount from './word-count.ts'
 *
 * const driver = await TopologyDriver.start(wordCount, { feeds: { lines: [[{ value: 'a b a' }]] } })
 * await driver.run()
 * driver.store.hash('words') // Map { 'a' → '2', 'b' → '1' }
 * ```
 */
export { TopologyDriver, type DriverOptions } from './topology-driver.ts'
export { hostileRecord, type HostileRecord, type HostileRecordOptions } from './hostile-record.ts'
export { MemoryStore } from './memory-store.ts'
export type { Feed } from './feeder.ts'
export type { StoredValue } from './stored-value.ts'
