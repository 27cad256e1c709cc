import { Refusal } from '../refusal.ts'
import { nearestNames } from './nearest-names.ts'
import { listOf, valueFault } from './setting.ts'
import type { Setting } from './setting.ts'
import { brokerSettingNames, topicSettingNames } from './settings.ts'
import type { Config } from './settings.ts'

/** One step of IncrementalAlterConfigs. */
export interface Alteration {
  readonly name: string
  readonly operation: number
  readonly value: string | null
}

/** By Kafka's numbers. */
export const alterationKind = { set: 0, delete: 1, append: 2, subtract: 3 } as const

/** Throws the {@link Refusal} for a value a topic's setting cannot have, or a name it does not know. */
export function checkTopicValue(name: string, value: string): void {
  checkValue(topicSetting(name), value)
}

export function topicSetting(name: string): Setting {
  const setting = topicSettingNames.get(name)
  if (setting === undefined) throw new Refusal('INVALID_CONFIG', `Unknown topic config name: ${name}${hint(name, topicSettingNames)}`)
  return setting
}

/** Throws the {@link Refusal} for a name that is none, or that cannot be altered while the broker runs. */
export function brokerSetting(name: string): Setting {
  const setting = brokerSettingNames.get(name)
  if (setting === undefined) throw new Refusal('INVALID_CONFIG', `Unknown broker config name, or one without effect here: ${name}${hint(name, brokerSettingNames)}`)
  if (setting.dynamic !== true) throw new Refusal('INVALID_REQUEST', `Cannot update these configs dynamically: ${name}`)
  return setting
}

/** Steps applied to what is set, in their order. `effective` is what holds now for a setting that is not set. */
export function altered(config: Config, steps: readonly Alteration[], settingOf: (name: string) => Setting, effective: (name: string) => string): Config {
  const next = new Map(Object.entries(config))
  const seen = new Set<string>()
  for (const { name, operation, value } of steps) {
    if (seen.has(name)) throw new Refusal('INVALID_REQUEST', `Error due to duplicate config keys: ${name}`)
    seen.add(name)
    if (operation === alterationKind.delete) {
      // Tools clear settings that were never set, also those a broker does not know.
      next.delete(name)
      continue
    }
    const setting = settingOf(name)
    if (value === null) throw new Refusal('INVALID_REQUEST', `Null value not supported for : ${name}`)
    next.set(name, checkValue(setting, changed(setting, operation, value, () => next.get(name) ?? effective(name))))
  }
  return Object.fromEntries(next)
}

function changed(setting: Setting, operation: number, value: string, current: () => string): string {
  switch (operation) {
    case alterationKind.set:
      return value
    case alterationKind.append:
    case alterationKind.subtract: {
      const verb = operation === alterationKind.append ? 'append' : 'subtract'
      if (setting.type !== 'list') throw new Refusal('INVALID_CONFIG', `Can't ${verb.toUpperCase()} to key ${setting.name} because its type is not LIST.`)
      const words = listOf(value)
      const now = listOf(current())
      return (verb === 'append' ? [...now, ...words.filter((word) => !now.includes(word))] : now.filter((word) => !words.includes(word))).join(',')
    }
    default:
      throw new Refusal('INVALID_REQUEST', `Unknown operation type ${operation} for config key ${setting.name}`)
  }
}

function checkValue(setting: Setting, value: string): string {
  const fault = valueFault(setting, value)
  if (fault !== undefined) throw new Refusal('INVALID_CONFIG', `Invalid value ${value} for configuration ${setting.name}: it ${fault}`)
  return value.trim()
}

function hint(name: string, known: ReadonlyMap<string, Setting>): string {
  const nearest = nearestNames(name.slice(0, 100), known.keys())
  return nearest.length === 0 ? '' : `; did you mean ${nearest.join(', ')}?`
}
