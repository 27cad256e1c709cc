import Encoder from 'kafkajs/src/protocol/encoder.js'
import findCoordinatorRequest from 'kafkajs/src/protocol/requests/findCoordinator/v2/request.js'
import findCoordinatorResponse from 'kafkajs/src/protocol/requests/findCoordinator/v2/response.js'
import metadataRequest from 'kafkajs/src/protocol/requests/metadata/v6/request.js'
import metadataResponse from 'kafkajs/src/protocol/requests/metadata/v6/response.js'
import { sleep, systemClock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import { MillraceError } from '../errors.ts'
import type { Api, RequestToWrite, ResponseOf } from '../wire/message/api.ts'
import { kafkaSettings, splitAddress } from './connection.ts'
import type { CheckedKafkaSettings, KafkaSettings } from './connection.ts'
import { KafkaFailure } from './kafka-failure.ts'
import { errorType, openLink } from './kafkajs-link.ts'
import type { ExchangeOptions, KafkaLink, KafkaProtocol } from './kafkajs-link.ts'

export interface BrokerAddress {
  readonly nodeId: number
  readonly host: string
  readonly port: number
}

/** A node id, whichever node is connected, or the controller. */
export type RequestTarget = number | 'any' | 'controller'

export interface TopicMetadata {
  /** Kafka's name of what is wrong with the topic, such as `UNKNOWN_TOPIC_OR_PARTITION`. */
  readonly error: string | undefined
  /** Partition → node id of its leader, -1 while it has none. */
  readonly leaders: ReadonlyMap<number, number>
}

/**
 * A Kafka cluster as the client sees it: brokers, leaders, and a way to send them requests. Nothing
 * here retries but {@link openCluster}; a {@link KafkaFailure} is for the caller to act on, usually by
 * `refreshMetadata` and a pause. Never creates topics.
 */
export interface KafkaCluster {
  /** The addresses from the settings: what an error names as its place. */
  readonly bootstrap: string
  /** As of the last refresh. */
  brokers(): readonly BrokerAddress[]
  /** As of the last refresh; undefined when the topic was never asked for. */
  topic(name: string): TopicMetadata | undefined
  /** As of the last refresh; undefined when the partition is unknown or has no leader. */
  leader(topic: string, partition: number): number | undefined
  /** Asks for these topics and all asked for before. */
  refreshMetadata(topics?: readonly string[]): Promise<void>
  /** Node id of the group's coordinator. */
  coordinator(groupId: string): Promise<number>
  /** Over a connection shared by all who send to this node; `any` is whichever is open. */
  send<Decoded, Answer>(target: RequestTarget, protocol: KafkaProtocol<Decoded, Answer>): Promise<Answer>
  /** The same by our own tables; error codes in the answer are left to the caller. */
  exchange<A extends Api>(target: RequestTarget, api: A, request: RequestToWrite<A>, options?: ExchangeOptions): Promise<ResponseOf<A>>
  /** A connection of one's own, for requests the broker may withhold. The one who opens it closes it. */
  openLink(nodeId: number): Promise<KafkaLink>
  /** Whether the shared connections keep the thread alive; they do at first. */
  hold(held: boolean): void
  /** Closes every socket, also those of open links; requests in flight fail. */
  disconnect(): void
}

/**
 * Connects to the first broker that answers. Tries the list again for twice the connection timeout,
 * then throws MR_KAFKA_UNREACHABLE; a refused login or certificate throws MR_KAFKA_AUTH at once.
 * `role` is added to the client id.
 */
export async function openCluster(written: KafkaSettings, log: Logger, role: string): Promise<KafkaCluster> {
  const settings = kafkaSettings({ kafka: written })
  const cluster = unaskedCluster(settings, log, role)
  const until = systemClock.monotonic() + 2 * settings.connectionTimeoutMs
  for (let pauseMs = 100; ; pauseMs = Math.min(2 * pauseMs, 1_000)) {
    try {
      // A listener that wants a login answers nothing but the question for versions without one.
      await cluster.refreshMetadata()
      return cluster
    } catch (thrown) {
      const last = !(thrown instanceof KafkaFailure) || systemClock.monotonic() + pauseMs > until
      if (last) cluster.disconnect()
      if (!(thrown instanceof KafkaFailure)) throw thrown
      if (last) {
        throw new MillraceError('MR_KAFKA_UNREACHABLE', thrown.message, {
          place: { at: cluster.bootstrap },
          remedy: 'start Kafka, correct the addresses, or set ssl and sasl when the listener wants them',
        })
      }
      log.debug('no broker answers yet', { brokers: cluster.bootstrap })
      await sleep(systemClock, pauseMs)
    }
  }
}

/** The same without asking anybody yet: it knows nothing before its first `refreshMetadata`. */
export function unaskedCluster(written: KafkaSettings, log: Logger, role: string): KafkaCluster {
  const settings = kafkaSettings({ kafka: written })
  return new Cluster(settings, `${settings.clientId}-${role}`, log)
}

class Cluster implements KafkaCluster {
  readonly bootstrap: string
  readonly #settings: CheckedKafkaSettings
  readonly #clientId: string
  readonly #log: Logger
  readonly #nodes = new Map<number, BrokerAddress>()
  readonly #topics = new Map<string, TopicMetadata>()
  readonly #wanted = new Set<string>()
  /** Shared links by address; a promise while one is being opened. */
  readonly #links = new Map<string, Promise<KafkaLink>>()
  readonly #open = new Set<KafkaLink>()
  #controller = -1
  #refresh: Promise<void> | undefined
  #held = true
  #closed = false

  constructor(settings: CheckedKafkaSettings, clientId: string, log: Logger) {
    this.#settings = settings
    this.#clientId = clientId
    this.#log = log
    this.bootstrap = settings.brokers.join(',')
  }

  brokers(): readonly BrokerAddress[] {
    return [...this.#nodes.values()]
  }

  topic(name: string): TopicMetadata | undefined {
    return this.#topics.get(name)
  }

  leader(topic: string, partition: number): number | undefined {
    const leader = this.#topics.get(topic)?.leaders.get(partition)
    return leader === undefined || leader < 0 ? undefined : leader
  }

  async refreshMetadata(topics: readonly string[] = []): Promise<void> {
    const grown = topics.some((topic) => !this.#wanted.has(topic))
    for (const topic of topics) this.#wanted.add(topic)
    // A refresh under way does not ask for topics that came after it began.
    if (grown && this.#refresh !== undefined) await this.#refresh.catch(() => {})
    this.#refresh ??= this.#askMetadata().finally(() => {
      this.#refresh = undefined
    })
    return this.#refresh
  }

  async coordinator(groupId: string): Promise<number> {
    const { coordinator } = await this.send('any', {
      request: findCoordinatorRequest({ coordinatorKey: groupId, coordinatorType: 0 }),
      response: findCoordinatorResponse,
    })
    this.#nodes.set(coordinator.nodeId, coordinator)
    return coordinator.nodeId
  }

  async send<Decoded, Answer>(target: RequestTarget, protocol: KafkaProtocol<Decoded, Answer>): Promise<Answer> {
    return (await this.#linkTo(target)).send(protocol)
  }

  async exchange<A extends Api>(target: RequestTarget, api: A, request: RequestToWrite<A>, options?: ExchangeOptions): Promise<ResponseOf<A>> {
    return (await this.#linkTo(target)).exchange(api, request, options)
  }

  async openLink(nodeId: number): Promise<KafkaLink> {
    return this.#connect(this.#addressOf(nodeId))
  }

  hold(held: boolean): void {
    this.#held = held
    for (const link of this.#open) link.hold(held)
  }

  disconnect(): void {
    this.#closed = true
    for (const link of this.#open) link.close()
    this.#open.clear()
    this.#links.clear()
  }

  async #linkTo(target: RequestTarget): Promise<KafkaLink> {
    if (target === 'any') return this.#anyLink()
    return this.#sharedLink(this.#addressOf(target === 'controller' ? await this.#controllerId() : target))
  }

  /** The first that is open, else the first that can be opened, of the known brokers and then of the list. */
  async #anyLink(): Promise<KafkaLink> {
    const addresses = [...this.#nodes.values(), ...this.#settings.brokers.map((text) => splitAddress(text)!)]
    const open = addresses.filter((address) => this.#links.has(key(address)))
    let last: unknown
    for (const address of [...open, ...addresses]) {
      try {
        return await this.#sharedLink(address)
      } catch (thrown) {
        if (!(thrown instanceof KafkaFailure)) throw thrown
        last = thrown
      }
    }
    throw last instanceof Error ? last : new KafkaFailure('CONNECTION', `${this.bootstrap}: no broker answers`, true)
  }

  async #sharedLink(address: Address): Promise<KafkaLink> {
    const name = key(address)
    const known = this.#links.get(name)
    if (known !== undefined) {
      const link = await known
      if (link.connected) return link
      if (this.#links.get(name) === known) this.#links.delete(name)
      this.#open.delete(link)
    }
    let opening = this.#links.get(name)
    if (opening === undefined) {
      opening = this.#connect(address)
      this.#links.set(name, opening)
      opening.catch(() => {
        if (this.#links.get(name) === opening) this.#links.delete(name)
      })
    }
    return opening
  }

  async #connect(address: Address): Promise<KafkaLink> {
    this.#failIfClosed()
    for (const link of this.#open) if (!link.connected) this.#open.delete(link)
    const link = await openLink(address.host, address.port, this.#settings, this.#clientId, this.#log)
    if (this.#closed) {
      link.close()
      this.#failIfClosed()
    }
    if (!this.#held) link.hold(false)
    this.#open.add(link)
    return link
  }

  #failIfClosed(): void {
    if (this.#closed) throw new KafkaFailure('CONNECTION', `${this.bootstrap}: disconnected`, false)
  }

  #addressOf(nodeId: number): Address {
    const node = this.#nodes.get(nodeId)
    if (node === undefined) throw new KafkaFailure('BROKER_NOT_AVAILABLE', `broker ${nodeId} is not known`, true)
    return node
  }

  async #controllerId(): Promise<number> {
    if (!this.#nodes.has(this.#controller)) await this.refreshMetadata()
    return this.#controller
  }

  async #askMetadata(): Promise<void> {
    const link = await this.#anyLink()
    const answer = await link.send({
      request: this.#wanted.size === 0 ? brokersRequest : metadataRequest({ topics: [...this.#wanted], allowAutoTopicCreation: false }),
      // kafkajs's own parse throws for all topics when one partition has no leader.
      response: { decode: metadataResponse.decode, parse: (decoded) => Promise.resolve(decoded) },
    })
    this.#controller = answer.controllerId
    this.#nodes.clear()
    for (const { nodeId, host, port } of answer.brokers) this.#nodes.set(nodeId, { nodeId, host, port })
    for (const { topic, topicErrorCode, partitionMetadata } of answer.topicMetadata) {
      const leaders = new Map(partitionMetadata.map((partition) => [partition.partitionId, partition.leader]))
      this.#topics.set(topic, { error: topicErrorCode === 0 ? undefined : errorType(topicErrorCode), leaders })
    }
  }
}

/** kafkajs turns no topics into all topics, which may be many thousands. */
const brokersRequest = {
  ...metadataRequest({ topics: [], allowAutoTopicCreation: false }),
  encode: () => Promise.resolve(new Encoder().writeInt32(0).writeBoolean(false)),
}

interface Address {
  readonly host: string
  readonly port: number
}

function key(address: Address): string {
  return `${address.host}:${address.port}`
}
