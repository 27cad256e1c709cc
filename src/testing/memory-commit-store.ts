import { MillraceError } from '../errors.ts'
import { WriteSet, type KeyType } from '../state/write-set.ts'
import type { Add, AddAnswer, Commit, CommitAnswer, CommitRefusal, CommitStore, Seal, StoredFates, StoreState } from '../topology/commit-store.ts'
import type { ConnectorContext } from '../topology/connector.ts'
import type { Position } from '../topology/source.ts'
import { accepts, applyWrites, compared, emptyValue, incremented, writesNothing, type StoredValue } from './stored-value.ts'
import { partOf, writeAgain, type HashPart, type WritesPart } from './writes-part.ts'

/** What Redis keeps in the own keys of a topology. */
export interface TopologyPositions {
  fingerprint: string | undefined
  sealed: boolean
  readonly entries: Map<string, { readonly next: number; readonly owner: string; readonly commit: string }>
  readonly starts: Map<string, number>
  readonly fates: Map<string, StoredFates>
  /** `partition@offset` of every record that was dead-lettered. */
  readonly dead: Set<string>
}

/** How results go to a store in memory, whatever store the sinks name. */
export const memorySeal: Seal = (writes) => ({ data: partOf(writes), transfer: [] })

/** The commit script's twin: the same checks in the same order, the same answers. */
export class MemoryCommitStore implements CommitStore {
  readonly #values: Map<string, StoredValue>
  readonly #positions: TopologyPositions
  readonly #context: Pick<ConnectorContext, 'topology' | 'fingerprint' | 'clock'>

  constructor(values: Map<string, StoredValue>, positions: TopologyPositions, context: Pick<ConnectorContext, 'topology' | 'fingerprint' | 'clock'>) {
    this.#values = values
    this.#positions = positions
    this.#context = context
  }

  open(): Promise<StoreState> {
    const { fingerprint, entries } = this.#positions
    if (fingerprint !== undefined) this.#positions.fingerprint = this.#context.fingerprint
    return Promise.resolve({ known: fingerprint !== undefined || entries.size > 0 })
  }

  load(partitions: readonly string[]): Promise<ReadonlyMap<string, number>> {
    return Promise.resolve(found(partitions, (partition) => this.#positions.entries.get(partition)?.next))
  }

  starts(partitions: readonly string[]): Promise<ReadonlyMap<string, number>> {
    return Promise.resolve(found(partitions, (partition) => this.#positions.starts.get(partition)))
  }

  deploy(positions: readonly Position[]): Promise<void> {
    const { entries, starts } = this.#positions
    this.#positions.fingerprint = this.#context.fingerprint
    for (const { partition, offset } of positions) {
      if (entries.has(partition)) continue
      entries.set(partition, { next: offset, owner: '', commit: '' })
      starts.set(partition, offset)
    }
    return Promise.resolve()
  }

  acquire(owner: string, partitions: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const { entries } = this.#positions
    for (const partition of partitions) {
      const entry = entries.get(partition)
      if (entry !== undefined) entries.set(partition, { ...entry, owner })
    }
    return this.load(partitions)
  }

  async commit(commit: Commit): Promise<CommitAnswer> {
    if (commit.ranges.length === 0) throw new MillraceError('MR_INTERNAL', 'a commit without positions could not be told from its repetition')
    return this.#checkSealed() ?? this.#checkPositions(commit) ?? this.#write(commit)
  }

  async addOnce(add: Add): Promise<AddAnswer> {
    return this.#checkSealed() ?? this.#write({ ...add, ranges: [], fates: [], dead: [] })
  }

  fates(): Promise<readonly StoredFates[]> {
    return Promise.resolve(Array.from(this.#positions.fates.values()))
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  #write(commit: Commit): CommitRefusal | { readonly answer: 'OK' } {
    const merged = new WriteSet()
    const types = new Map<string, KeyType>()
    for (const part of commit.parts as readonly WritesPart[]) {
      const apart = Array.from(part.keys).find(([key, { type }]) => (types.get(key) ?? type) !== type)
      for (const [key, { type }] of part.keys) types.set(key, type)
      if (apart !== undefined) return { answer: 'BADTYPE', detail: apart[0] }
      writeAgain(part, merged)
    }
    return this.#checkWrites(partOf(merged)) ?? this.#apply(commit)
  }

  #checkSealed(): CommitRefusal | undefined {
    return this.#positions.sealed ? { answer: 'SEALED', detail: `{${this.#context.topology}}:meta` } : undefined
  }

  #checkPositions({ owner, sequence, ranges }: Commit): CommitAnswer | undefined {
    const { entries } = this.#positions
    const missing = ranges.find(({ partition }) => !entries.has(partition))
    if (missing !== undefined) return { answer: 'UNINIT', detail: missing.partition }
    const apart = ranges.filter(({ partition, to }) => {
      const entry = entries.get(partition)!
      return entry.next !== to || entry.commit !== `${owner}:${sequence}`
    })
    if (apart.length === 0) return { answer: 'DUP' }
    if (apart.length < ranges.length) return { answer: 'MISMATCH', partition: apart[0]!.partition, stored: entries.get(apart[0]!.partition)!.next }
    for (const { partition, from } of ranges) {
      const entry = entries.get(partition)!
      if (entry.owner !== owner) return { answer: 'FENCED', partition }
      if (entry.next !== from) return { answer: 'MISMATCH', partition, stored: entry.next }
    }
    return undefined
  }

  #checkWrites({ keys }: WritesPart): CommitRefusal | undefined {
    const hashes = Array.from(keys).filter((entry): entry is [string, HashPart] => entry[1].type === 'hash' && !writesNothing(entry[1]))
    for (const [key, { sets, sums }] of hashes) if (sums.length + sets.length > 0 && !accepts('hash', this.#live(key))) return { answer: 'BADTYPE', detail: key }
    for (const [key, value] of keys) {
      if (writesNothing(value)) continue
      const refusal = value.type === 'hash' ? this.#checkHash(key, value) : this.#checkType(key, value.type)
      if (refusal !== undefined) return refusal
    }
    const overflows = hashes.find(([key, { sums }]) => {
      const fields = this.#fields(key)
      return sums.some(([field, n]) => incremented(fields?.get(field), n) === undefined)
    })
    return overflows === undefined ? undefined : { answer: 'REJECTED', detail: overflows[0] }
  }

  #checkType(key: string, type: KeyType): CommitRefusal | undefined {
    return accepts(type, this.#live(key)) ? undefined : { answer: 'BADTYPE', detail: key }
  }

  #checkHash(key: string, { onces, maxima, minima }: HashPart): CommitRefusal | undefined {
    const refusal = this.#checkType(key, 'hash')
    if (refusal !== undefined) return refusal
    for (const [, { list }] of onces) {
      const refusedList = list === undefined ? undefined : this.#checkType(list, 'list')
      if (refusedList !== undefined) return refusedList
    }
    const fields = this.#fields(key)
    for (const [field] of [...maxima, ...minima]) {
      const stored = fields?.get(field)
      if (stored !== undefined && compared(stored) === undefined) return { answer: 'REJECTED', detail: key }
    }
    return undefined
  }

  #apply({ owner, parts, ranges, fates, dead, sequence }: Commit): { readonly answer: 'OK' } {
    for (const { keys } of parts as readonly WritesPart[]) {
      for (const [key, value] of keys) {
        if (writesNothing(value)) continue
        if (value.type === 'string') this.#values.set(key, { type: 'string', text: value.value })
        else if (value.type === 'hash') this.#applyHash(key, value)
        else applyWrites(this.#value(key, value.type), value)
      }
    }
    for (const { expiries } of parts as readonly WritesPart[]) for (const [key, atMs] of expiries) this.#expire(key, atMs)
    for (const added of fates) {
      const { partition } = added
      const stored = this.#positions.fates.get(partition) ?? { counted: 0, skipped: 0, deadLettered: 0, gaps: 0, from: ranges.find((range) => range.partition === partition)?.from ?? 0 }
      this.#positions.fates.set(partition, {
        partition,
        counted: stored.counted + added.counted,
        skipped: stored.skipped + added.skipped,
        deadLettered: stored.deadLettered + added.deadLettered,
        gaps: stored.gaps + added.gaps,
        from: stored.from,
      })
    }
    for (const { partition, offset } of dead) this.#positions.dead.add(`${partition}@${offset}`)
    for (const { partition, to } of ranges) this.#positions.entries.set(partition, { next: to, owner, commit: `${owner}:${sequence}` })
    return { answer: 'OK' }
  }

  #expire(key: string, atMs: number): void {
    const value = this.#live(key)
    if (value === undefined || atMs <= this.#context.clock.now()) this.#values.delete(key)
    else value.expiresAtMs = atMs
  }

  #applyHash(key: string, { sums, sets, onces, maxima, minima }: HashPart): void {
    const value = this.#value(key, 'hash')
    if (value.type !== 'hash') return
    const { fields } = value
    for (const [field, n] of sums) fields.set(field, incremented(fields.get(field), n)!)
    for (const [field, text] of sets) fields.set(field, text)
    for (const [field, { value: text, list }] of onces) {
      if (fields.has(field)) continue
      fields.set(field, text)
      if (list !== undefined) applyWrites(this.#value(list, 'list'), { type: 'list', pushes: [{ value: field, end: 'head' }] })
    }
    for (const [field, n] of maxima) if (!fields.has(field) || n > compared(fields.get(field)!)!) fields.set(field, String(n))
    for (const [field, n] of minima) if (!fields.has(field) || n < compared(fields.get(field)!)!) fields.set(field, String(n))
  }

  #fields(key: string): ReadonlyMap<string, string> | undefined {
    const value = this.#live(key)
    return value?.type === 'hash' ? value.fields : undefined
  }

  #live(key: string): StoredValue | undefined {
    const value = this.#values.get(key)
    if (value?.expiresAtMs === undefined || value.expiresAtMs > this.#context.clock.now()) return value
    this.#values.delete(key)
    return undefined
  }

  #value(key: string, type: Exclude<KeyType, 'string'>): StoredValue {
    let value = this.#live(key)
    if (value === undefined) {
      value = emptyValue(type)
      this.#values.set(key, value)
    }
    return value
  }
}

function found(partitions: readonly string[], of: (partition: string) => number | undefined): ReadonlyMap<string, number> {
  return new Map(partitions.flatMap((partition) => {
    const offset = of(partition)
    return offset === undefined ? [] : [[partition, offset] as const]
  }))
}
