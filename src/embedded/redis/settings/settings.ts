import { MillraceError } from '../../../errors.ts'
import type { Setting } from './setting.ts'
import { settingTable, type SettingName, type SettingValue } from './setting-table.ts'

const table: Readonly<Record<string, Setting<unknown>>> = settingTable

/** The values of all settings; those that may change do so at once for whoever reads them. */
export class Settings {
  readonly #values = new Map<string, unknown>()

  /** Throws MR_OPTIONS_INVALID, naming every setting that is unknown or has no such value. */
  constructor(written: Readonly<Record<string, string>>) {
    for (const [name, setting] of Object.entries(table)) this.#values.set(name, setting.kind.parse(setting.default))
    const faults: string[] = []
    for (const [name, text] of Object.entries(written)) {
      const setting = table[name]
      const value = setting?.kind.parse(text)
      if (setting === undefined) faults.push(`${name} is not known`)
      else if (value === undefined) faults.push(`${name}: ${setting.kind.fault(text)}`)
      else this.#values.set(name, value)
    }
    if (faults.length > 0) throw new MillraceError('MR_OPTIONS_INVALID', `settings of the embedded Redis: ${faults.join('; ')}`, { remedy: 'correct the settings named above; their names are Redis\'s own' })
  }

  get<Name extends SettingName>(name: Name): SettingValue<Name> {
    return this.#values.get(name) as SettingValue<Name>
  }

  /** For what is known only when the server runs, such as its port. */
  note<Name extends SettingName>(name: Name, value: SettingValue<Name>): void {
    this.#values.set(name, value)
  }

  names(): readonly string[] {
    return [...this.#values.keys()]
  }

  /** As CONFIG GET shows it. */
  show(name: string): string {
    return table[name]!.kind.format(this.#values.get(name))
  }

  /** All or none. Returns the name that is at fault and why, in Redis's words. */
  change(pairs: readonly (readonly [name: string, text: string])[]): { readonly name: string; readonly fault: string } | undefined {
    const parsed: [string, unknown][] = []
    for (const [name, text] of pairs) {
      const setting = table[name]!
      if (setting.fixed === true) return { name, fault: 'can\'t set immutable config' }
      const value = setting.kind.parse(text)
      if (value === undefined) return { name, fault: setting.kind.fault(text) }
      parsed.push([name, value])
    }
    for (const [name, value] of parsed) this.#values.set(name, value)
    return undefined
  }
}
