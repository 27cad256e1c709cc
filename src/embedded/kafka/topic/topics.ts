import { Refusal } from '../refusal.ts'
import type { PartitionLog } from '../log/partition-log.ts'
import type { Config, Settings } from '../settings/settings.ts'
import { newClusterId } from './cluster-file.ts'
import type { ClusterState } from './cluster-file.ts'
import { nameInMetrics, topicNameFault } from './topic-name.ts'
import { Topic } from './topic.ts'

/** Where the records of the topics are. */
export interface TopicLogs {
  get(topic: string, partition: number): PartitionLog | undefined
  create(topic: string, partition: number): Promise<PartitionLog>
  /** The partitions from `from` on, by default all. */
  remove(topic: string, from?: number): Promise<void>
  partitions(): Iterable<PartitionLog>
}

export interface TopicsHost {
  readonly settings: Settings
  /** Writes the state to disk; what was asked for is in force when it has resolved. */
  readonly save: (state: ClusterState) => Promise<void>
  readonly topicDeleted: (topic: string) => Promise<void> | void
}

/** Partitions that one request may create, as in Kafka. */
const mostNewPartitions = 10_000
const createdAtOnce = 16

/**
 * The topics and what was altered at run time, in memory and on disk. Changes are made one after the
 * other; each is on disk before it is answered, and undone when the disk refuses it.
 */
export class Topics {
  readonly clusterId: string
  readonly #host: TopicsHost
  readonly #topics = new Map<string, Topic>()
  /** Names by what Kafka's metrics make of them. */
  readonly #metricNames = new Map<string, string>()
  readonly #deleted: Set<string>
  readonly #isNew: boolean
  #logs: TopicLogs | undefined
  #last: Promise<unknown> = Promise.resolve()

  constructor(state: ClusterState | undefined, host: TopicsHost) {
    this.clusterId = state?.clusterId ?? newClusterId()
    this.#isNew = state === undefined
    this.#host = host
    this.#deleted = new Set(state?.deletedTopics)
    if (state === undefined) return
    host.settings.alter({ broker: state.brokerConfig, cluster: state.clusterConfig })
    for (const { name, partitions, config } of state.topics) this.#add(new Topic(name, partitions, config, host.settings))
  }

  /**
   * Brings the directories in line with the topics: what is left of deleted topics goes, and what is
   * left of those that could not be created, which is empty; partitions without a directory get one.
   * Directories of unknown topics with records become topics, and all do where none is known, for a lost
   * file of ours must not cost records.
   */
  async attach(logs: TopicLogs): Promise<void> {
    this.#logs = logs
    let changed = this.#isNew || this.#deleted.size > 0
    for (const name of this.#deleted) if (!this.#topics.has(name)) await logs.remove(name)
    this.#deleted.clear()
    const found = new Map<string, number>()
    for (const { topic, partition, logEndOffset } of logs.partitions()) {
      if (this.#isNew || logEndOffset > 0) found.set(topic, Math.max(found.get(topic) ?? 0, partition + 1))
    }
    for (const [name, partitions] of found) {
      const topic = this.#topics.get(name)
      if (topic !== undefined && topic.partitions >= partitions) continue
      if (topic === undefined) this.#add(new Topic(name, partitions, {}, this.#host.settings))
      else topic.grow(partitions)
      changed = true
    }
    const strange = new Set(Array.from(logs.partitions()).filter(({ topic, partition }) => this.log(topic, partition) === undefined).map(({ topic }) => topic))
    for (const name of strange) await logs.remove(name, this.#topics.get(name)?.partitions ?? 0)
    for (const topic of this.#topics.values()) await this.#createLogs(topic.name, topic.partitions)
    if (changed) await this.#save()
  }

  get(name: string): Topic | undefined {
    return this.#topics.get(name)
  }

  /** By name. */
  all(): Topic[] {
    return [...this.#topics.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  log(topic: string, partition: number): PartitionLog | undefined {
    // Partitions that are still being made are not there yet.
    return partition < (this.#topics.get(topic)?.partitions ?? 0) ? this.#logs?.get(topic, partition) : undefined
  }

  /** The other topic whose name differs by `.` and `_` alone. */
  collision(name: string): string | undefined {
    const other = this.#metricNames.get(nameInMetrics(name))
    return other === name ? undefined : other
  }

  /** Throws the {@link Refusal} for a name that no new topic may have. */
  checkNewName(name: string): void {
    const fault = topicNameFault(name)
    if (fault !== undefined) throw new Refusal('INVALID_TOPIC_EXCEPTION', fault)
    if (this.#topics.has(name)) throw new Refusal('TOPIC_ALREADY_EXISTS', `Topic '${name}' already exists.`)
    const other = this.collision(name)
    if (other !== undefined) throw new Refusal('INVALID_TOPIC_EXCEPTION', `Topic '${name}' collides with existing topic: ${other}`)
  }

  /** Throws the {@link Refusal} that creating it would be answered with. */
  checkNew(name: string, partitions: number): void {
    this.checkNewName(name)
    if (partitions < 1) throw new Refusal('INVALID_PARTITIONS', 'Number of partitions was set to an invalid non-positive value.')
    checkNewPartitions(partitions)
  }

  create(name: string, partitions: number, config: Config): Promise<Topic> {
    return this.#change(async () => {
      this.checkNew(name, partitions)
      const topic = new Topic(name, partitions, config, this.#host.settings)
      await this.#createLogs(name, partitions)
      this.#add(topic)
      await this.#save(async () => {
        this.#remove(name)
        await this.#logs?.remove(name)
      })
      return topic
    })
  }

  /** The topic, made as the broker's settings say when there is none yet. */
  async ensure(name: string): Promise<Topic> {
    const found = this.#topics.get(name)
    if (found !== undefined) return found
    try {
      return await this.create(name, this.#host.settings.number('num.partitions'), {})
    } catch (error) {
      const made = this.#topics.get(name)
      if (made === undefined) throw error
      return made
    }
  }

  delete(name: string): Promise<void> {
    return this.#change(async () => {
      const topic = this.#existing(name)
      this.#remove(name)
      this.#deleted.add(name)
      await this.#save(() => {
        this.#add(topic)
        this.#deleted.delete(name)
      })
      await this.#logs?.remove(name)
      // It is written with the next change: until then a start would look for files that are gone.
      this.#deleted.delete(name)
      await this.#host.topicDeleted(name)
    })
  }

  /** Throws the {@link Refusal} that giving the topic so many partitions would be answered with. */
  checkGrowth(name: string, partitions: number): void {
    const now = this.#existing(name).partitions
    if (partitions === now) throw new Refusal('INVALID_PARTITIONS', `Topic already has ${now} partition(s).`)
    if (partitions < now) throw new Refusal('INVALID_PARTITIONS', `The topic ${name} currently has ${now} partition(s); ${partitions} would not be an increase.`)
    checkNewPartitions(partitions - now)
  }

  grow(name: string, partitions: number): Promise<void> {
    return this.#change(async () => {
      this.checkGrowth(name, partitions)
      const topic = this.#existing(name)
      const before = topic.partitions
      await this.#createLogs(name, partitions, before)
      topic.grow(partitions)
      await this.#save(async () => {
        topic.grow(before)
        await this.#logs?.remove(name, before)
      })
    })
  }

  /** `next` makes the new settings of the topic from those in force. */
  configure(name: string, next: (config: Config) => Config): Promise<void> {
    return this.#change(async () => {
      const topic = this.#existing(name)
      const before = topic.config
      topic.configure(next(before))
      await this.#save(() => topic.configure(before))
    })
  }

  /** The same for the settings altered at run time, of this broker or of the cluster. */
  configureBroker(level: 'broker' | 'cluster', next: (config: Config) => Config): Promise<void> {
    return this.#change(async () => {
      const { settings } = this.#host
      const before = settings.dynamic
      settings.alter({ ...before, [level]: next(before[level]) })
      await this.#save(() => settings.alter(before))
    })
  }

  /** Resolves when all changes so far are made. */
  async settled(): Promise<void> {
    await this.#last
  }

  #existing(name: string): Topic {
    const topic = this.#topics.get(name)
    if (topic === undefined) throw new Refusal('UNKNOWN_TOPIC_OR_PARTITION', 'This server does not host this topic-partition.')
    return topic
  }

  /** Of its partitions from `first` on, none stays when one could not be made. */
  async #createLogs(name: string, partitions: number, first = 0): Promise<void> {
    const logs = this.#logs
    if (logs === undefined) return
    for (let from = first; from < partitions; from += createdAtOnce) {
      const some = Array.from({ length: Math.min(createdAtOnce, partitions - from) }, (_, i) => from + i)
      const made = await Promise.allSettled(some.filter((partition) => logs.get(name, partition) === undefined).map((partition) => logs.create(name, partition)))
      const failed = made.find((one) => one.status === 'rejected')
      if (failed === undefined) continue
      await logs.remove(name, first)
      throw new Refusal('KAFKA_STORAGE_ERROR', `The partitions could not be made: ${failed.reason instanceof Error ? failed.reason.message : String(failed.reason)}`)
    }
  }

  #add(topic: Topic): void {
    this.#topics.set(topic.name, topic)
    this.#metricNames.set(nameInMetrics(topic.name), topic.name)
  }

  #remove(name: string): void {
    this.#topics.delete(name)
    this.#metricNames.delete(nameInMetrics(name))
  }

  #change<T>(change: () => Promise<T>): Promise<T> {
    const made = this.#last.then(change)
    this.#last = made.catch(() => {})
    return made
  }

  get #state(): ClusterState {
    const { broker, cluster } = this.#host.settings.dynamic
    return {
      clusterId: this.clusterId,
      topics: this.all().map(({ name, partitions, config }) => ({ name, partitions, config })),
      deletedTopics: [...this.#deleted],
      brokerConfig: broker,
      clusterConfig: cluster,
    }
  }

  async #save(undo: () => Promise<void> | void = () => {}): Promise<void> {
    try {
      await this.#host.save(this.#state)
    } catch (error) {
      await undo()
      // It may have been written after all, and only the disk not have said so.
      await this.#host.save(this.#state).catch(() => {})
      throw new Refusal('KAFKA_STORAGE_ERROR', `The change could not be written to disk: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
}

function checkNewPartitions(count: number): void {
  if (count > mostNewPartitions) throw new Refusal('POLICY_VIOLATION', `Excessively large number of partitions per request: ${count} of at most ${mostNewPartitions}.`)
}
