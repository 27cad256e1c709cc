/** What INFO tells of the log and its snapshots. Times in s since 1970, durations in s, -1 for none. */
export interface PersistenceFigures {
  readonly changesSinceSnapshot: number
  readonly lastSnapshotS: number
  readonly snapshots: number
  readonly failedSnapshotsInARow: number
  readonly lastDurationS: number
  /** How long the one under way has taken; undefined when there is none. */
  readonly currentDurationS: number | undefined
  /** Undefined when changes are not logged. */
  readonly log: LogFigures | undefined
}

export interface LogFigures {
  readonly writable: boolean
  readonly bytes: number
  /** Of these the snapshot at its beginning. */
  readonly snapshotBytes: number
}

/** Redis's names, in its order. A snapshot of ours is both: what BGSAVE makes and what BGREWRITEAOF makes. */
export function persistenceRows(figures: PersistenceFigures): (readonly [name: string, value: string | number])[] {
  const { log, currentDurationS } = figures
  const underWay = currentDurationS === undefined ? 0 : 1
  const status = figures.failedSnapshotsInARow === 0 ? 'ok' : 'err'
  return [
    ['loading', 0],
    ['async_loading', 0],
    ['current_cow_peak', 0],
    ['current_cow_size', 0],
    ['current_cow_size_age', 0],
    ['current_fork_perc', '0.00'],
    ['current_save_keys_processed', 0],
    ['current_save_keys_total', 0],
    ['rdb_changes_since_last_save', figures.changesSinceSnapshot],
    ['rdb_bgsave_in_progress', underWay],
    ['rdb_last_save_time', figures.lastSnapshotS],
    ['rdb_last_bgsave_status', status],
    ['rdb_last_bgsave_time_sec', figures.lastDurationS],
    ['rdb_current_bgsave_time_sec', currentDurationS ?? -1],
    ['rdb_saves', figures.snapshots],
    ['rdb_last_cow_size', 0],
    ['rdb_last_load_keys_expired', 0],
    ['rdb_last_load_keys_loaded', 0],
    ['aof_enabled', log === undefined ? 0 : 1],
    ['aof_rewrite_in_progress', underWay],
    ['aof_rewrite_scheduled', 0],
    ['aof_last_rewrite_time_sec', figures.lastDurationS],
    ['aof_current_rewrite_time_sec', currentDurationS ?? -1],
    ['aof_last_bgrewrite_status', status],
    ['aof_rewrites', figures.snapshots],
    ['aof_rewrites_consecutive_failures', figures.failedSnapshotsInARow],
    ['aof_last_write_status', log?.writable === false ? 'err' : 'ok'],
    ['aof_last_cow_size', 0],
    ['module_fork_in_progress', 0],
    ['module_fork_last_cow_size', 0],
    ...(log === undefined ? [] : logRows(log)),
  ]
}

function logRows(log: LogFigures): (readonly [name: string, value: number])[] {
  return [
    ['aof_current_size', log.bytes],
    ['aof_base_size', log.snapshotBytes],
    ['aof_pending_rewrite', 0],
    ['aof_buffer_length', 0],
    ['aof_pending_bio_fsync', 0],
    ['aof_delayed_fsync', 0],
  ]
}
