import type { Clock } from '../../../base/clock.ts'
import type { Logger } from '../../../base/logger.ts'
import type { ErrorCodeName } from '../../../wire/api/error-code.ts'
import { Alarm } from './alarm.ts'
import { Group } from './group.ts'
import type { JoinRequest, JoinResult, LeaveRequest, SyncRequest, SyncResult } from './group-messages.ts'
import type { GroupRecord } from './group-record.ts'
import type { GroupSettings } from './group-settings.ts'
import type { GroupStore } from './group-store.ts'
import type { GroupSurroundings } from './group-surroundings.ts'
import { Parked } from './parked.ts'

/** A group with what belongs to it outside its state. */
interface LiveGroup {
  readonly group: Group
  readonly alarm: Alarm
  /** The last write of its record. */
  saved: Promise<void>
}

/**
 * All groups, driven by the clock. What members are answered waits until the store has kept what it
 * rests on; when it could not, the call rejects with a `Refusal`.
 */
export class LiveGroups {
  readonly #store: GroupStore
  readonly #clock: Clock
  readonly #surroundings: GroupSurroundings
  readonly #groups = new Map<string, LiveGroup>()

  /** Brings back the groups of the store. */
  constructor({ store, settings, clock, logger }: { readonly store: GroupStore; readonly settings: () => GroupSettings; readonly clock: Clock; readonly logger: Logger }) {
    this.#store = store
    this.#clock = clock
    this.#surroundings = {
      clock,
      settings,
      onChange: (record) => this.#save(record),
      onEvent: (event, detail) => logger.debug(event, detail),
    }
    for (const record of store.records()) this.#add(Group.restore(record, this.#surroundings))
    for (const groupId of store.offsets.groupIds) this.getOrCreate(groupId)
  }

  get all(): Group[] {
    return Array.from(this.#groups.values(), ({ group }) => group)
  }

  get(groupId: string): Group | undefined {
    return this.#groups.get(groupId)?.group
  }

  getOrCreate(groupId: string): Group {
    return this.get(groupId) ?? this.#add(new Group(groupId, this.#surroundings))
  }

  /** Undefined when the client was gone before the answer. */
  join(group: Group, request: JoinRequest, signal: AbortSignal): Promise<JoinResult | undefined> {
    return this.#answerOf(group, signal, (parked: Parked<JoinResult>) => group.join(request, parked))
  }

  /** Undefined when the client was gone before the answer. */
  sync(group: Group, request: SyncRequest, signal: AbortSignal): Promise<SyncResult | undefined> {
    return this.#answerOf(group, signal, (parked: Parked<SyncResult>) => group.sync(request, parked))
  }

  async leave(group: Group, requests: readonly LeaveRequest[]): Promise<ErrorCodeName[]> {
    const results = group.leave(requests)
    this.#wind(group)
    await this.#groups.get(group.id)?.saved
    return results
  }

  /** For an empty group. Its offsets go with it. */
  delete(group: Group): Promise<void> {
    this.#groups.get(group.id)?.alarm.close()
    this.#groups.delete(group.id)
    group.die()
    return this.#store.deleteGroup(group.id)
  }

  /** Nothing happens by time any more. */
  close(): void {
    for (const { alarm } of this.#groups.values()) alarm.close()
  }

  #add(group: Group): Group {
    const alarm = new Alarm(this.#clock, () => {
      group.expire()
      this.#wind(group)
    })
    this.#groups.set(group.id, { group, alarm, saved: Promise.resolve() })
    this.#wind(group)
    return group
  }

  #wind(group: Group): void {
    this.#groups.get(group.id)?.alarm.ringBy(group.nextDeadlineMs)
  }

  #save(record: GroupRecord): void {
    const live = this.#groups.get(record.id)
    if (live === undefined) return
    live.saved = this.#store.saveGroup(record)
    // Those who need to know wait for the promise itself.
    live.saved.catch(() => {})
  }

  async #answerOf<T extends JoinResult | SyncResult>(group: Group, signal: AbortSignal, ask: (parked: Parked<T>) => void): Promise<T | undefined> {
    const { promise, resolve } = Promise.withResolvers<T | undefined>()
    const parked = new Parked<T>(resolve)
    ask(parked)
    this.#wind(group)
    const giveUp = (): void => {
      resolve(undefined)
      group.giveUp(parked as Parked<JoinResult> | Parked<SyncResult>)
      this.#wind(group)
    }
    if (!parked.isGiven) {
      if (signal.aborted) giveUp()
      else signal.addEventListener('abort', giveUp, { once: true })
    }
    const answer = await promise
    signal.removeEventListener('abort', giveUp)
    await this.#groups.get(group.id)?.saved
    return answer
  }
}
