/** How a setting is written and read. */
export interface SettingKind<T> {
  /** Undefined for what is no value of it. */
  parse(text: string): T | undefined
  /** What CONFIG GET shows. */
  format(value: T): string
  /** What is wrong with a text that is no value, in the words of CONFIG SET. */
  fault(text: string): string
}

export interface Setting<T> {
  readonly kind: SettingKind<T>
  readonly default: string
  /** Whether CONFIG SET may change it. */
  readonly fixed?: boolean
}

export const text: SettingKind<string> = { parse: (text) => text, format: (value) => value, fault: () => 'argument is not a string' }

export const flag: SettingKind<boolean> = {
  parse(text) {
    const lower = text.toLowerCase()
    return lower === 'yes' ? true : lower === 'no' ? false : undefined
  },
  format: (value) => (value ? 'yes' : 'no'),
  fault: () => "argument must be 'yes' or 'no'",
}

export function oneOf<const T extends string>(...names: readonly T[]): SettingKind<T> {
  return {
    parse: (text) => names.find((name) => name === text.toLowerCase()),
    format: (value) => value,
    fault: () => `argument(s) must be one of the following: ${names.join(', ')}`,
  }
}

export function integer(smallest: number, largest: number): SettingKind<number> {
  return {
    parse(text) {
      const value = /^-?\d+$/.test(text) ? Number(text) : NaN
      return value >= smallest && value <= largest ? value : undefined
    },
    format: String,
    fault: (text) => (/^-?\d+$/.test(text) ? `argument must be between ${smallest} and ${largest} inclusive` : "argument couldn't be parsed into an integer"),
  }
}

const units: Readonly<Record<string, number>> = { '': 1, b: 1, k: 1000, kb: 1024, m: 1000 ** 2, mb: 1024 ** 2, g: 1000 ** 3, gb: 1024 ** 3 }

/** Bytes, with or without a unit: `100mb`. */
export function memory(smallest: number, largest: number): SettingKind<number> {
  return {
    parse(text) {
      const value = bytesOf(text)
      return value !== undefined && value >= smallest && value <= largest ? value : undefined
    },
    format: String,
    fault: () => 'argument must be a memory value',
  }
}

export function bytesOf(text: string): number | undefined {
  const [, digits, unit] = /^(\d+)([a-z]*)$/i.exec(text) ?? []
  const factor = unit === undefined ? undefined : units[unit.toLowerCase()]
  return factor === undefined ? undefined : Number(digits) * factor
}
