import { expect } from 'vitest'
import type { WriteSet } from '../../src/state/write-set.ts'
import type { AddAnswer, Commit, CommitAnswer, CommitStore, Seal } from '../../src/topology/commit-store.ts'

/** A commit before its results are packed: of one worker, or of several. */
export type OpenCommit = Omit<Commit, 'parts' | 'fates' | 'dead'> & Partial<Pick<Commit, 'fates' | 'dead'>> & { readonly writes: WriteSet | readonly WriteSet[] }

/** A commit store that takes results as they are and packs them as a worker would. */
export interface SealingStore extends Omit<CommitStore, 'commit' | 'addOnce'> {
  commit(commit: OpenCommit): Promise<CommitAnswer>
  addOnce(add: Omit<OpenCommit, 'ranges'>): Promise<AddAnswer>
}

export function sealing(store: CommitStore, seal: Seal): SealingStore {
  const sealed = new WeakMap<OpenCommit, Commit>()
  const packed = (writes: OpenCommit['writes']) => ('length' in writes ? writes : [writes]).map((one) => structuredClone(seal(one).data))
  return {
    open: () => store.open(),
    load: (partitions) => store.load(partitions),
    starts: (partitions) => store.starts(partitions),
    deploy: (positions) => store.deploy(positions),
    acquire: (owner, partitions) => store.acquire(owner, partitions),
    ...(store.setBack === undefined ? {} : { setBack: (partitions) => store.setBack!(partitions) }),
    fates: () => store.fates(),
    close: () => store.close(),
    async commit(open) {
      // The same commit is packed once, as when it is sent again.
      let commit = sealed.get(open)
      if (commit === undefined) {
        const { writes, ...rest } = open
        commit = { fates: [], dead: [], ...rest, parts: packed(writes) }
        sealed.set(open, commit)
      }
      const { busyMs, ...answer } = { busyMs: 0, ...await store.commit(commit) }
      expect(busyMs).toBeGreaterThanOrEqual(0)
      return answer
    },
    async addOnce({ owner, sequence, writes }) {
      const { busyMs, ...answer } = { busyMs: 0, ...await store.addOnce({ owner, sequence, parts: packed(writes) }) }
      expect(busyMs).toBeGreaterThanOrEqual(0)
      return answer
    },
  }
}
