export type SettingType = 'boolean' | 'int' | 'long' | 'double' | 'string' | 'list'

/** A setting of Kafka's, by its name there, and the values it may have. Values are text, as they stand in files and requests. */
export interface SettingValues {
  readonly name: string
  readonly type: SettingType
  /** Smallest and largest number. */
  readonly min?: number
  readonly max?: number
  /** Allowed words; of a list, of each of its words. */
  readonly oneOf?: readonly string[]
}

/** A setting that has an effect. */
export interface Setting extends SettingValues {
  /** Null when it is not set unless somebody sets it. */
  readonly fallback: string | null
  /** A broker setting that can be altered while it runs. Default: no. */
  readonly dynamic?: true
  /** Settings that give the value when this one is not set, the first that is set; `unit` is what their number is multiplied with. */
  readonly follows?: readonly { readonly name: string; readonly unit?: number }[]
  readonly documentation: string
}

const int32Max = 0x7fff_ffff

/** What is wrong with a value, or undefined. */
export function valueFault(setting: SettingValues, text: string): string | undefined {
  const value = text.trim()
  switch (setting.type) {
    case 'boolean':
      return /^(true|false)$/i.test(value) ? undefined : 'must be true or false'
    case 'int':
    case 'long':
      return wholeNumberFault(setting, value)
    case 'double':
      return value !== '' && Number.isFinite(Number(value)) ? rangeFault(setting, Number(value)) : 'must be a number'
    case 'list':
      return listFault(setting, listOf(value))
    case 'string':
      return setting.oneOf === undefined || setting.oneOf.includes(value) ? undefined : `must be one of ${setting.oneOf.join(', ')}`
  }
}

/** The words of a list, in order. */
export function listOf(text: string): string[] {
  return text.split(',').map((word) => word.trim()).filter((word) => word !== '')
}

function wholeNumberFault(setting: SettingValues, value: string): string | undefined {
  if (!/^[+-]?\d{1,19}$/.test(value)) return `must be a whole number${setting.type === 'int' ? ' of 32 bits' : ''}`
  const number = BigInt(value)
  const fits = setting.type === 'int' ? number >= -int32Max - 1 && number <= int32Max : BigInt.asIntN(64, number) === number
  return fits ? rangeFault(setting, Number(value)) : `must be a whole number of ${setting.type === 'int' ? 32 : 64} bits`
}

function rangeFault({ min = -Infinity, max = Infinity }: SettingValues, number: number): string | undefined {
  if (number >= min && number <= max) return undefined
  if (max === Infinity) return `must be at least ${min}`
  return min === -Infinity ? `must be at most ${max}` : `must be from ${min} to ${max}`
}

function listFault({ oneOf }: SettingValues, words: readonly string[]): string | undefined {
  const wrong = oneOf === undefined ? undefined : words.find((word) => !oneOf.includes(word))
  if (wrong !== undefined) return `must be a list of ${oneOf!.join(', ')}; ${wrong} is none of them`
  return new Set(words).size === words.length ? undefined : 'must not have a word twice'
}
