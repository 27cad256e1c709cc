import type { LogSettings } from '../log/log-settings.ts'
import type { Config, Settings } from '../settings/settings.ts'

/** A topic: how many partitions it has, and what was set on it. */
export class Topic {
  readonly name: string
  #partitions: number
  #config: Config
  readonly #settings: Settings
  #logSettings: LogSettings | undefined
  #minInsyncReplicas = 1
  #generation = -1

  constructor(name: string, partitions: number, config: Config, settings: Settings) {
    this.name = name
    this.#partitions = partitions
    this.#config = config
    this.#settings = settings
  }

  get partitions(): number {
    return this.#partitions
  }

  get config(): Config {
    return this.#config
  }

  /** What is in force: the topic's own settings over the broker's. */
  get logSettings(): LogSettings {
    this.#refresh()
    return this.#logSettings!
  }

  get minInsyncReplicas(): number {
    this.#refresh()
    return this.#minInsyncReplicas
  }

  grow(partitions: number): void {
    this.#partitions = partitions
  }

  configure(config: Config): void {
    this.#config = config
    this.#generation = -1
  }

  #refresh(): void {
    const { generation } = this.#settings
    if (generation === this.#generation) return
    this.#logSettings = this.#settings.logSettings(this.#config)
    this.#minInsyncReplicas = Number(this.#settings.topicText('min.insync.replicas', this.#config))
    this.#generation = generation
  }
}
