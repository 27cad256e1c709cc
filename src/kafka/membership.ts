import { failing, failpoint, failpointNow } from '../base/failpoint.ts'
import type { Clock, Timer } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import { MillraceError, asMillraceError } from '../errors.ts'
import type { GroupCoordinator, JoinAnswer, Seat } from './group-coordinator.ts'
import { GroupMember } from './group-member.ts'
import type { MemberAction, MemberEvent, MemberSettings } from './group-member.ts'
import { KafkaFailure } from './kafka-failure.ts'

export interface MembershipOptions {
  readonly coordinator: GroupCoordinator
  /** How many partitions these topics have now; unknown topics are absent. */
  readonly counts: (topics: readonly string[]) => Promise<ReadonlyMap<string, number>>
  readonly member: MemberSettings
  readonly metadataRefreshMs: number
  readonly listener: MembershipListener
  readonly clock: Clock
  readonly log: Logger
}

export interface MembershipListener {
  assigned(partitions: readonly string[]): void
  revoked(): Promise<void>
  lost(): void
  failed(error: MillraceError): void
}

const warningIntervalMs = 10_000

/** Does what the {@link GroupMember} decides, and tells it what came of it. */
export class Membership {
  readonly #options: MembershipOptions
  readonly #member: GroupMember
  readonly #events: MemberEvent[] = []
  readonly #opened = Promise.withResolvers<void>()
  #handling = false
  #alarm: Timer | undefined
  #refresh: Timer | undefined
  #leaving: Promise<void> = Promise.resolve()
  #warnAt = 0
  #isOpen = false
  #closed = false

  /** `counts` are those of the topics at the start. */
  constructor(options: MembershipOptions, counts: ReadonlyMap<string, number>) {
    this.#options = options
    this.#member = new GroupMember(options.member, counts)
  }

  /** Undefined while we have no place in the group. */
  get seat(): Seat | undefined {
    return this.#member.seat
  }

  /** Resolves with the first assignment, or when closed before; rejects with what cannot pass. */
  open(): Promise<void> {
    this.#handle({ on: 'open' })
    this.#refreshLater()
    return this.#opened.promise
  }

  /** Leaves the group, so that others take over at once. */
  async close(): Promise<void> {
    this.#closed = true
    this.#handle({ on: 'close' })
    this.#stopTimers()
    this.#opened.resolve()
    await this.#leaving
  }

  /** One at a time: a listener may close us from inside a call. */
  #handle(event: MemberEvent): void {
    this.#events.push(event)
    if (this.#handling) return
    this.#handling = true
    try {
      for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) {
        for (const action of this.#member.handle(next, this.#options.clock.monotonic())) this.#act(action)
      }
    } finally {
      this.#handling = false
    }
    this.#arm()
  }

  #act(action: MemberAction): void {
    const { coordinator, listener, log } = this.#options
    switch (action.act) {
      case 'join':
        log.debug('joining the consumer group', { memberId: action.request.memberId })
        return this.#ask(action.ticket, coordinator.join(action.request).then((answer) => this.#joined(action.ticket, answer)))
      case 'sync':
        return this.#ask(action.ticket, coordinator.sync(action.seat, action.assignments).then((assignment) => ({ on: 'synced', ticket: action.ticket, assignment })))
      case 'heartbeat':
        return this.#ask(action.ticket, coordinator.heartbeat(action.seat).then(() => ({ on: 'alive', ticket: action.ticket })))
      case 'revoke':
        log.info('giving partitions back', { because: action.because })
        return void this.#revoke(action.ticket)
      case 'assign':
        log.info('partitions assigned', { generation: action.generation, partitions: action.partitions.join(' ') })
        if (failing) failpointNow('partitions.assigned')
        this.#isOpen = true
        this.#opened.resolve()
        return listener.assigned(action.partitions)
      case 'lost':
        log.warn('partitions lost', { because: action.because })
        if (failing) failpointNow('partitions.lost')
        return listener.lost()
      case 'leave':
        this.#leaving = coordinator.leave(action.memberId).catch((error: unknown) => log.debug('the consumer group was not left', { error }))
        return
      case 'fail':
        return this.#fail(action.error)
    }
  }

  #ask(ticket: number, answer: Promise<MemberEvent>): void {
    answer.then((event) => this.#handle(event), (thrown: unknown) => {
      const error = thrown instanceof KafkaFailure ? thrown : asMillraceError(thrown, 'MR_INTERNAL')
      if (error instanceof KafkaFailure) this.#reportFailure(error)
      this.#handle({ on: 'refused', ticket, error })
    })
  }

  async #joined(ticket: number, answer: JoinAnswer): Promise<MemberEvent> {
    const topics = [...new Set(answer.members.flatMap((member) => member.topics))]
    const counts = topics.length === 0 ? new Map<string, number>() : await this.#options.counts(topics)
    return { on: 'joined', ticket, answer, counts }
  }

  async #revoke(ticket: number): Promise<void> {
    try {
      if (failing) await failpoint('revoke.begin')
      await this.#options.listener.revoked()
      if (failing) await failpoint('revoke.end')
    } catch (error) {
      this.#options.log.warn('partitions were given back without a last commit', { error })
    }
    this.#handle({ on: 'released', ticket })
  }

  #fail(error: MillraceError): void {
    this.#stopTimers()
    if (this.#isOpen) this.#options.listener.failed(error)
    else this.#opened.reject(error)
  }

  #arm(): void {
    this.#alarm?.cancel()
    this.#alarm = undefined
    const { wakeAt } = this.#member
    if (wakeAt === Infinity) return
    this.#alarm = this.#options.clock.setTimer(Math.max(0, wakeAt - this.#options.clock.monotonic()), () => this.#handle({ on: 'time' }))
  }

  #refreshLater(): void {
    this.#refresh = this.#options.clock.setTimer(this.#options.metadataRefreshMs, () => {
      this.#options.counts(this.#options.member.topics)
        .then((counts) => this.#handle({ on: 'counts', counts }), (error: unknown) => this.#options.log.debug('the partitions of the topics could not be looked up', { error }))
        .finally(() => {
          if (!this.#closed) this.#refreshLater()
        })
    })
  }

  #stopTimers(): void {
    this.#closed = true
    this.#alarm?.cancel()
    this.#refresh?.cancel()
  }

  #reportFailure(failure: KafkaFailure): void {
    const { clock, log } = this.#options
    const { type, message } = failure
    if (failure.retriable && clock.monotonic() >= this.#warnAt) {
      this.#warnAt = clock.monotonic() + warningIntervalMs
      log.warn('the consumer group does not answer; trying again', { type, error: message })
    } else {
      log.debug('a request to the consumer group failed', { type, error: message })
    }
  }
}
