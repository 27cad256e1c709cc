import { MillraceError } from '../../../errors.ts'
import type { LogSettings } from '../log/log-settings.ts'
import { brokerSettings, settingsWithoutEffect } from './broker-settings.ts'
import { logSettings } from './log-settings-of-topic.ts'
import { nearestNames } from './nearest-names.ts'
import { configSource, inOwnUnit, valuesOf } from './setting-layers.ts'
import type { Layer, SettingValue } from './setting-layers.ts'
import { listOf, valueFault } from './setting.ts'
import type { Setting, SettingValues } from './setting.ts'
import { topicSettings } from './topic-settings.ts'

export type Config = Readonly<Record<string, string>>

/** What was altered at run time: for this broker, and for all of the cluster. */
export interface DynamicConfig {
  readonly broker: Config
  readonly cluster: Config
}

export const brokerSettingNames: ReadonlyMap<string, Setting> = new Map(brokerSettings.map((setting) => [setting.name, setting]))
export const topicSettingNames: ReadonlyMap<string, Setting> = new Map(topicSettings.map((setting) => [setting.name, setting]))
const withoutEffectNames: ReadonlyMap<string, SettingValues> = new Map(settingsWithoutEffect.map((setting) => [setting.name, setting]))

/** The broker's settings: what it was started with, under what was altered since. */
export class Settings {
  #given: Config
  #layers: readonly Layer[]
  #effective = new Map<string, string | null>()
  #dynamic: DynamicConfig = { broker: {}, cluster: {} }
  #generation = 0

  /** Throws MR_OPTIONS_INVALID with every fault in what was given. */
  constructor(given: Config) {
    checkGiven(given)
    this.#given = given
    this.#layers = [{ source: configSource.staticBroker, values: given }]
  }

  /** Another number after every alteration. */
  get generation(): number {
    return this.#generation
  }

  get dynamic(): DynamicConfig {
    return this.#dynamic
  }

  /** Takes over what was altered; it was checked when it was. */
  alter(dynamic: DynamicConfig): void {
    this.#dynamic = dynamic
    this.#layers = [
      { source: configSource.dynamicBroker, values: dynamic.broker },
      { source: configSource.dynamicDefaultBroker, values: dynamic.cluster },
      { source: configSource.staticBroker, values: this.#given },
    ]
    this.#effective.clear()
    this.#generation++
  }

  /** Where the broker is, which is known in full when it listens: shown to clients like what it was started with. */
  place(values: Config): void {
    this.#given = { ...this.#given, ...values }
    this.alter(this.#dynamic)
  }

  text(name: string): string | null {
    let value = this.#effective.get(name)
    if (value === undefined) {
      const setting = brokerSettingNames.get(name)
      if (setting === undefined) throw new Error(`no setting ${name}`)
      const [first] = this.valuesOf(setting)
      value = first === undefined ? null : inOwnUnit(setting, first)
      this.#effective.set(name, value)
    }
    return value
  }

  /** Of a setting that always has a value. */
  number(name: string): number {
    return Number(this.text(name))
  }

  flag(name: string): boolean {
    return this.text(name)?.toLowerCase() === 'true'
  }

  list(name: string): string[] {
    return listOf(this.text(name) ?? '')
  }

  /** All values of a broker's setting, the one that holds first. */
  valuesOf(setting: Setting): SettingValue[] {
    return valuesOf(setting, this.#layers, this.#layers, brokerSettingNames)
  }

  /** All values of a topic's setting, the one that holds first. */
  topicValuesOf(setting: Setting, config: Config): SettingValue[] {
    return valuesOf(setting, [{ source: configSource.dynamicTopic, values: config }], this.#layers, brokerSettingNames)
  }

  topicText(name: string, config: Config): string {
    const setting = topicSettingNames.get(name)
    const first = setting === undefined ? undefined : this.topicValuesOf(setting, config)[0]
    if (setting === undefined || first === undefined) throw new Error(`no value of ${name}`)
    return inOwnUnit(setting, first)
  }

  logSettings(config: Config): LogSettings {
    return logSettings((name) => this.topicText(name, config), this.number('producer.id.expiration.ms'))
  }
}

/** Names that were given and have no effect on a single node. */
export function withoutEffect(given: Config): string[] {
  return Object.keys(given).filter((name) => withoutEffectNames.has(name))
}

function checkGiven(given: Config): void {
  const faults = Object.entries(given).flatMap(([name, value]) => {
    const setting = brokerSettingNames.get(name) ?? withoutEffectNames.get(name)
    if (setting === undefined) return [unknownFault(name)]
    const fault = valueFault(setting, value)
    return fault === undefined ? [] : [`${name}=${value}: ${fault}`]
  })
  if (faults.length > 0) {
    throw new MillraceError('MR_OPTIONS_INVALID', `broker settings: ${faults.join('; ')}`, { remedy: 'correct the settings named above; their names are those of Kafka\'s broker configs' })
  }
}

function unknownFault(name: string): string {
  if (/^(ssl|sasl|security|listener\.name)\./.test(name) || name === 'authorizer.class.name') return `${name}: this broker has neither TLS nor logins`
  const nearest = nearestNames(name, [...brokerSettingNames.keys(), ...withoutEffectNames.keys()])
  return `${name}: no such setting${nearest.length === 0 ? '' : `; did you mean ${nearest.join(', ')}?`}`
}
