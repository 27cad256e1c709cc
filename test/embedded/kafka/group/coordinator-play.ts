import { ManualClock } from '../../../../src/base/manual-clock.ts'
import { silentLogger } from '../../../../src/base/logger.ts'
import type { RequestContext } from '../../../../src/embedded/kafka/api-handler.ts'
import { noResponse } from '../../../../src/embedded/kafka/api-handler.ts'
import { GroupCoordinator } from '../../../../src/embedded/kafka/group/group-coordinator.ts'
import { defaultGroupSettings } from '../../../../src/embedded/kafka/group/group-settings.ts'
import type { GroupSettings } from '../../../../src/embedded/kafka/group/group-settings.ts'
import { joinGroup } from '../../../../src/wire/api/join-group.ts'
import { offsetCommit } from '../../../../src/wire/api/offset-commit.ts'
import { offsetFetch } from '../../../../src/wire/api/offset-fetch.ts'
import { syncGroup } from '../../../../src/wire/api/sync-group.ts'
import { readRequest, readResponse, writeRequest, writeResponse } from '../../../../src/wire/message/api.ts'
import type { Api, RequestToWrite, ResponseOf } from '../../../../src/wire/message/api.ts'
import { WireReader } from '../../../../src/wire/message/wire-reader.ts'
import { MemoryDisk } from '../../../support/memory-disk.ts'
import { subscription } from './group-play.ts'

/** A coordinator with a journal of its own, asked through the bytes of the protocol. */
export class CoordinatorPlay {
  readonly clock = new ManualClock()
  settings: GroupSettings = defaultGroupSettings
  /** `topic/partition`. */
  readonly partitions = new Set(['t/0', 't/1', 'u/0'])
  coordinator!: GroupCoordinator
  disk = new MemoryDisk()

  static async start(): Promise<CoordinatorPlay> {
    const play = new CoordinatorPlay()
    await play.open()
    return play
  }

  async open(): Promise<void> {
    this.coordinator = await GroupCoordinator.open({
      journalFile: 'groups.journal',
      sync: 'always',
      partitions: { has: (topic, partition) => this.partitions.has(`${topic}/${partition}`) },
      settings: () => this.settings,
      clock: this.clock,
      logger: silentLogger,
      disk: this.disk,
    })
  }

  async restart(): Promise<void> {
    await this.coordinator.close()
    await this.open()
  }

  /** The coordinator is never heard of again; another one starts on what the device has. */
  async cutPower(): Promise<void> {
    this.disk = this.disk.afterPowerCut()
    await this.open()
  }

  /** Undefined when the request is not answered, for its client is gone. */
  async askUntilGone<A extends Api>(api: A, version: number, request: RequestToWrite<A>, signal: AbortSignal): Promise<ResponseOf<A> | undefined> {
    const handler = this.coordinator.handlers.find((each) => each.api.key === api.key)!
    // As it comes from a client: behind size, key, version, correlation id and client id.
    const frame = Buffer.concat(writeRequest(api, version, 1, 'c', request))
    const context: RequestContext = { version, clientId: 'c', clientHost: '/127.0.0.1', local: { host: '127.0.0.1', port: 9092 }, signal }
    const answer = await handler.handle(readRequest(api, version, new WireReader(frame, 4 + 2 + 2 + 4 + 2 + 1)), context)
    return answer === noResponse ? undefined : readResponse(api, version, Buffer.concat(writeResponse(api, version, 1, answer)).subarray(4)).response
  }

  async ask<A extends Api>(api: A, version: number, request: RequestToWrite<A>): Promise<ResponseOf<A>> {
    return (await this.askUntilGone(api, version, request, new AbortController().signal))!
  }

  join(groupId: string, request: RequestToWrite<typeof joinGroup> = {}, version = 5, signal = new AbortController().signal): Promise<ResponseOf<typeof joinGroup> | undefined> {
    return this.askUntilGone(joinGroup, version, {
      groupId, sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 60_000, protocolType: 'consumer', protocols: [{ name: 'range', metadata: subscription('t') }], ...request,
    }, signal)
  }

  /** Makes a member of an empty group that assigns itself `mine`; its id. */
  async member(groupId: string, request: RequestToWrite<typeof joinGroup> = {}): Promise<string> {
    const joining = this.join(groupId, request, 3)
    await this.pass(0)
    const { memberId, generationId } = (await joining)!
    await this.ask(syncGroup, 3, { groupId, memberId, generationId, assignments: [{ memberId, assignment: Buffer.from('mine') }] })
    return memberId
  }

  async commit(groupId: string, offset: number, { topic = 't', partition = 0, memberId = '', generation = -1, metadata = '', retentionMs = -1 } = {}): Promise<number> {
    const { topics } = await this.ask(offsetCommit, retentionMs === -1 ? 7 : 4, {
      groupId, memberId, generationIdOrMemberEpoch: generation, retentionTimeMs: retentionMs,
      topics: [{ name: topic, partitions: [{ partitionIndex: partition, committedOffset: offset, committedMetadata: metadata }] }],
    })
    return topics[0]!.partitions[0]!.errorCode
  }

  /** As `t/0@5`, of all partitions that have an offset. */
  async committed(groupId: string): Promise<string[]> {
    const { topics } = await this.ask(offsetFetch, 7, { groupId, topics: null })
    return topics.flatMap(({ name, partitions }) => partitions.map(({ partitionIndex, committedOffset }) => `${name}/${partitionIndex}@${committedOffset}`))
  }

  /** Time passes, and what it makes due is done. */
  async pass(ms: number): Promise<void> {
    this.clock.advance(ms)
    for (let i = 0; i < 5; i++) {
      await new Promise(setImmediate)
      this.clock.advance(0)
    }
  }
}
