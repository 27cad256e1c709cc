import { ManualClock } from '../../../../src/base/manual-clock.ts'
import type { JoinRequest, JoinResult, SyncResult } from '../../../../src/embedded/kafka/group/group-messages.ts'
import type { GroupRecord } from '../../../../src/embedded/kafka/group/group-record.ts'
import { defaultGroupSettings } from '../../../../src/embedded/kafka/group/group-settings.ts'
import type { GroupSettings } from '../../../../src/embedded/kafka/group/group-settings.ts'
import { Group } from '../../../../src/embedded/kafka/group/group.ts'
import type { GroupSurroundings } from '../../../../src/embedded/kafka/group/group-surroundings.ts'
import { Parked } from '../../../../src/embedded/kafka/group/parked.ts'
import { consumerSubscription, writeConsumerMessage } from '../../../../src/wire/api/consumer-protocol.ts'

/** An answer a member waits for: `result` is undefined until it is given. */
export class Waiting<T> {
  result: T | undefined
  readonly parked = new Parked<T>((result) => {
    this.result = result
  })
}

export const sessionMs = 10_000
export const rebalanceMs = 60_000

export function subscription(...topics: string[]): Buffer {
  return writeConsumerMessage(consumerSubscription, 1, { topics })
}

/** A group on a clock that stands still, with short ways to play its members. */
export class GroupPlay {
  readonly clock = new ManualClock()
  readonly records: GroupRecord[] = []
  settings: GroupSettings = defaultGroupSettings
  #ids = 0
  readonly surroundings: GroupSurroundings = {
    clock: this.clock,
    settings: () => this.settings,
    onChange: (record) => void this.records.push(record),
    onEvent: () => {},
    newId: () => String(++this.#ids),
  }
  group = new Group('g', this.surroundings)

  join(request: Partial<JoinRequest> = {}): Waiting<JoinResult> {
    const waiting = new Waiting<JoinResult>()
    this.group.join({
      memberId: '',
      instanceId: null,
      clientId: 'c',
      clientHost: '/127.0.0.1',
      sessionTimeoutMs: sessionMs,
      rebalanceTimeoutMs: rebalanceMs,
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: subscription('t') }],
      takesMemberId: false,
      ...request,
    }, waiting.parked)
    return waiting
  }

  sync(memberId: string, assignments: Readonly<Record<string, string>> = {}, instanceId: string | null = null, generation = this.group.generation): Waiting<SyncResult> {
    const waiting = new Waiting<SyncResult>()
    this.group.sync({
      memberId,
      instanceId,
      generation,
      protocolType: null,
      protocolName: null,
      assignments: new Map(Object.entries(assignments).map(([id, text]) => [id, Buffer.from(text)])),
    }, waiting.parked)
    return waiting
  }

  heartbeat(memberId: string, instanceId: string | null = null, generation = this.group.generation): string {
    return this.group.heartbeat({ memberId, instanceId, generation })
  }

  /** Time passes as it does with an alarm: whatever becomes due is done when it is. */
  pass(ms: number): void {
    const until = this.clock.monotonic() + ms
    for (let next = this.group.nextDeadlineMs; next <= until; next = this.group.nextDeadlineMs) {
      this.clock.pass(Math.max(0, next - this.clock.monotonic()))
      this.group.expire()
    }
    this.clock.pass(until - this.clock.monotonic())
  }

  /** As many dynamic members, all in one stable generation; the first one leads. */
  stable(count: number, each: (i: number) => Partial<JoinRequest> = () => ({})): string[] {
    const joins = Array.from({ length: count }, (_, i) => this.join(each(i)))
    this.pass(0)
    const ids = joins.map(({ result }) => result!.memberId)
    const syncs = ids.toReversed().map((id) => this.sync(id, Object.fromEntries(ids.map((each) => [each, `of ${each}`]))))
    if (this.group.state !== 'Stable' || syncs.some(({ result }) => result?.error !== 'NONE')) throw new Error('the group did not become stable')
    return ids
  }
}
