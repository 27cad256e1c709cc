import { configSource } from './setting-layers.ts'
import type { ConfigSource, SettingValue } from './setting-layers.ts'
import { brokerSettings } from './broker-settings.ts'
import type { Setting, SettingType } from './setting.ts'
import type { Config, Settings } from './settings.ts'
import { topicSettings } from './topic-settings.ts'

/** A setting as clients are told of it. */
export interface DescribedSetting {
  readonly name: string
  readonly value: string | null
  readonly source: ConfigSource
  readonly readOnly: boolean
  /** All values it could have, the one that holds first. */
  readonly synonyms: readonly SettingValue[]
  /** By Kafka's number. */
  readonly type: number
  readonly documentation: string
}

const typeNumber: Readonly<Record<SettingType, number>> = { boolean: 1, string: 2, int: 3, long: 5, double: 6, list: 7 }

/** All settings of a topic, or those named. A value the broker has in another unit (hours) is told as a default without synonyms, as Kafka does. */
export function describeTopicSettings(settings: Settings, config: Config, names: ReadonlySet<string> | undefined): DescribedSetting[] {
  return chosen(topicSettings, names).map((setting) => {
    const values = settings.topicValuesOf(setting, config).filter(({ name }) => !setting.follows?.some((follow) => follow.name === name && follow.unit !== undefined))
    return described(setting, settings.topicText(setting.name, config), values, false)
  })
}

/** All settings of the broker, or those named. What follows another setting is told of as not set, as Kafka does. */
export function describeBrokerSettings(settings: Settings, names: ReadonlySet<string> | undefined): DescribedSetting[] {
  return chosen(brokerSettings, names).map((setting) => {
    const values = settings.valuesOf(setting)
    const own = values.find(({ name }) => name === setting.name)
    return described(setting, own?.value ?? null, values, setting.dynamic !== true)
  })
}

/** What was altered for all brokers of the cluster. */
export function describeClusterSettings(settings: Settings, names: ReadonlySet<string> | undefined): DescribedSetting[] {
  const { cluster } = settings.dynamic
  return chosen(brokerSettings, names).flatMap((setting) => {
    const value = cluster[setting.name]
    return value === undefined ? [] : [described(setting, value, [{ name: setting.name, value, source: configSource.dynamicDefaultBroker }], false)]
  })
}

function chosen(all: readonly Setting[], names: ReadonlySet<string> | undefined): readonly Setting[] {
  return names === undefined ? all : all.filter(({ name }) => names.has(name))
}

function described({ name, type, documentation }: Setting, value: string | null, synonyms: readonly SettingValue[], readOnly: boolean): DescribedSetting {
  return { name, value, source: value === null ? configSource.fallback : synonyms[0]?.source ?? configSource.fallback, readOnly, synonyms, type: typeNumber[type], documentation }
}
