import { expect } from 'vitest'
import type { WriteSet } from '../../src/state/write-set.ts'
import type { Commit, CommitAnswer, CommitStore, Seal } from '../../src/topology/commit-store.ts'

/** A commit before its results are packed: of one worker, or of several. */
export type OpenCommit = Omit<Commit, 'parts'> & { readonly writes: WriteSet | readonly WriteSet[] }

/** A commit store that takes results as they are and packs them as a worker would. */
export interface SealingStore extends Omit<CommitStore, 'commit'> {
  commit(commit: OpenCommit): Promise<CommitAnswer>
}

export function sealing(store: CommitStore, seal: Seal): SealingStore {
  const sealed = new WeakMap<OpenCommit, Commit>()
  return {
    open: () => store.open(),
    load: (partitions) => store.load(partitions),
    starts: (partitions) => store.starts(partitions),
    deploy: (positions) => store.deploy(positions),
    acquire: (owner, partitions) => store.acquire(owner, partitions),
    close: () => store.close(),
    async commit(open) {
      // The same commit is packed once, as when it is sent again.
      let commit = sealed.get(open)
      if (commit === undefined) {
        const { writes, ...rest } = open
        const all = 'length' in writes ? writes : [writes]
        commit = { ...rest, parts: all.map((one) => structuredClone(seal(one).data)) }
        sealed.set(open, commit)
      }
      const { busyMs, ...answer } = { busyMs: 0, ...await store.commit(commit) }
      expect(busyMs).toBeGreaterThanOrEqual(0)
      return answer
    },
  }
}
