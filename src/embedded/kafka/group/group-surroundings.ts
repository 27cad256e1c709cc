import type { Clock } from '../../../base/clock.ts'
import type { GroupRecord } from './group-record.ts'
import type { GroupSettings } from './group-settings.ts'

/** What a group needs of the world. */
export interface GroupSurroundings {
  /** Read, never waited on: the group says until when it has to be called again. */
  readonly clock: Pick<Clock, 'now' | 'monotonic'>
  readonly settings: () => GroupSettings
  /** The record must be kept before anything is answered. */
  onChange(record: GroupRecord): void
  /** Something an operator may want to know; `detail` names the group. */
  onEvent(event: string, detail: Readonly<Record<string, unknown>>): void
  /** Default: a random UUID. */
  readonly newId?: () => string
}
