import type { Setting } from './setting.ts'

/** Where a value comes from, by Kafka's numbers. */
export const configSource = { dynamicTopic: 1, dynamicBroker: 2, dynamicDefaultBroker: 3, staticBroker: 4, fallback: 5 } as const

export type ConfigSource = (typeof configSource)[keyof typeof configSource]

export interface SettingValue {
  readonly name: string
  readonly value: string
  readonly source: ConfigSource
}

export interface Layer {
  readonly source: ConfigSource
  readonly values: Readonly<Record<string, string>>
}

/**
 * Every value a setting could have, the one that holds first: its own from the first layer that has
 * it, then those of the settings it follows, then the defaults. Values are as written, each in the
 * unit of its own name.
 */
export function valuesOf(setting: Setting, own: readonly Layer[], followed: readonly Layer[], known: ReadonlyMap<string, Setting>): SettingValue[] {
  const found: SettingValue[] = []
  const collect = (name: string, layers: readonly Layer[]): void => {
    for (const { source, values } of layers) {
      const value = values[name]
      if (value !== undefined) found.push({ name, value, source })
    }
  }
  collect(setting.name, own)
  for (const { name } of setting.follows ?? []) collect(name, followed)
  for (const { name, fallback } of [setting, ...(setting.follows ?? []).map(({ name }) => known.get(name)!)]) {
    if (fallback !== null) found.push({ name, value: fallback, source: configSource.fallback })
  }
  return found
}

/** A value in the unit of the setting itself. Negative times of any unit mean the same. */
export function inOwnUnit(setting: Setting, { name, value }: SettingValue): string {
  const unit = name === setting.name ? undefined : setting.follows?.find((follow) => follow.name === name)?.unit
  return unit === undefined ? value : String(Math.max(-1, Number(value) * unit))
}
