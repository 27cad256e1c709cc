import { bytesOf, type SettingKind } from './setting.ts'

/** How much may wait to be sent to a client: never more than `hardBytes`, more than `softBytes` only for so long. 0: no limit. */
export interface OutputLimit {
  readonly hardBytes: number
  readonly softBytes: number
  readonly softSeconds: number
}

const classes = ['normal', 'slave', 'pubsub'] as const
export type OutputLimits = Readonly<Record<(typeof classes)[number], OutputLimit>>

const byDefault: OutputLimits = {
  normal: { hardBytes: 0, softBytes: 0, softSeconds: 0 },
  slave: { hardBytes: 256 * 1024 ** 2, softBytes: 64 * 1024 ** 2, softSeconds: 60 },
  pubsub: { hardBytes: 32 * 1024 ** 2, softBytes: 8 * 1024 ** 2, softSeconds: 60 },
}

/** `class hard soft seconds`, any number of times; classes that are not named keep Redis's defaults. */
export const outputLimits: SettingKind<OutputLimits> = {
  parse(text) {
    const words = text.split(/\s+/).filter((word) => word !== '')
    if (words.length % 4 !== 0) return undefined
    const limits: Record<string, OutputLimit> = { ...byDefault }
    for (let i = 0; i < words.length; i += 4) {
      const name = words[i]!.toLowerCase() === 'replica' ? 'slave' : classes.find((name) => name === words[i]!.toLowerCase())
      const hardBytes = bytesOf(words[i + 1]!)
      const softBytes = bytesOf(words[i + 2]!)
      if (name === undefined || hardBytes === undefined || softBytes === undefined || !/^\d+$/.test(words[i + 3]!)) return undefined
      limits[name] = { hardBytes, softBytes, softSeconds: Number(words[i + 3]) }
    }
    return limits as OutputLimits
  },
  format: (limits) => classes.map((name) => `${name} ${limits[name].hardBytes} ${limits[name].softBytes} ${limits[name].softSeconds}`).join(' '),
  fault: () => 'Wrong number of arguments in buffer limit configuration.',
}
