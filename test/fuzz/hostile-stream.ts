import { brokenUtf8, hostileJson, hostileTexts } from '../../src/testing/hostile-texts.ts'
import { below, pick, seededRandom, type Random } from '../support/data/random.ts'
import { sentences } from '../support/data/sentences.ts'

export interface StreamedRecord {
  readonly partition: number
  readonly key: Uint8Array | null
  readonly value: Buffer | null
  readonly headers: readonly (readonly [name: string, value: Uint8Array | null])[]
}

export interface StreamOptions {
  readonly seed: number
  readonly partitions: number
  /** Key and value together: records of exactly this size, of one byte more, and far larger ones are among them. */
  readonly maxRecordBytes: number
  /** Keys of reference data that records may name. */
  readonly ads: readonly string[]
}

/** Stands in many of the payloads; no log may show it. */
export const canary = 'canary-71d0'

const firstMs = 1_700_000_000_000
const pages = Array.from({ length: 50 }, (_, page) => `/page/${page}`).concat('__proto__', 'constructor', 'caf\u00e9', '\u{1f40b}', canary)
const kinds = ['view', 'view', 'click', 'purchase', 'view ', 'VIEW', '']

/** The same hostile records for the same seed, about half of them ordinary ones, made for volume. */
export function* hostileStream(count: number, options: StreamOptions): Generator<StreamedRecord> {
  const maker = new Maker(options)
  for (let i = 0; i < count; i++) yield maker.next()
}

class Maker {
  readonly #random: Random
  readonly #options: StreamOptions
  readonly #sentences: readonly string[]

  constructor(options: StreamOptions) {
    this.#options = options
    this.#random = seededRandom(options.seed)
    this.#sentences = [...sentences(2_000, options.seed)]
  }

  next(): StreamedRecord {
    const random = this.#random
    const partition = below(random, this.#options.partitions)
    // Exactly as large as a record without a key may be, and one byte more.
    if (this.#oneIn(2_000)) return { partition, key: null, value: this.#sized(this.#options.maxRecordBytes + below(random, 2)), headers: [] }
    const key = this.#key()
    if (this.#oneIn(2_000)) return { partition, key, value: this.#sized(this.#options.maxRecordBytes - (key?.length ?? 0) + below(random, 2)), headers: [] }
    if (this.#oneIn(5_000)) return { partition, key, value: this.#sized(below(random, 10 * this.#options.maxRecordBytes)), headers: [] }
    return { partition, key, value: this.#value(), headers: this.#headers() }
  }

  #oneIn(n: number): boolean {
    return below(this.#random, n) === 0
  }

  #key(): Uint8Array | null {
    const random = this.#random
    switch (below(random, 12)) {
      case 0: return Buffer.alloc(0)
      case 1: return pick(random, brokenUtf8)
      case 2: return Buffer.from(pick(random, hostileTexts))
      case 3: return this.#bytes(below(random, 40))
      case 4: return this.#oneIn(50) ? this.#bytes(20_000) : Buffer.from(canary)
      default: return below(random, 2) === 0 ? null : Buffer.from(`k${below(random, 100)}`)
    }
  }

  #headers(): [string, Uint8Array | null][] {
    const random = this.#random
    if (below(random, 4) > 0) return []
    return Array.from({ length: below(random, 5) }, () => [below(random, 3) === 0 ? 'twice' : pick(random, hostileTexts), below(random, 3) === 0 ? null : this.#bytes(below(random, 30))])
  }

  #value(): Buffer | null {
    const random = this.#random
    const choice = below(random, 100)
    if (choice < 18) return Buffer.from(pick(random, this.#sentences))
    if (choice < 34) return Buffer.from(this.#view())
    if (choice < 50) return Buffer.from(this.#adEvent())
    if (choice < 53) return null
    if (choice < 55) return Buffer.alloc(0)
    if (choice < 60) return this.#bytes(below(random, 80))
    if (choice < 64) return this.#asciiNoise()
    if (choice < 70) return this.#harmed(Buffer.from(pick(random, this.#sentences)))
    if (choice < 78) return this.#harmed(Buffer.from(below(random, 2) === 0 ? this.#view() : this.#adEvent()))
    if (choice < 82) return Buffer.from(this.#words())
    if (choice < 83) return Buffer.from(pick(random, hostileJson))
    return Buffer.from(this.#oddJson())
  }

  #view(): string {
    const random = this.#random
    return `{"page":${JSON.stringify(pick(random, pages))},"visitor":"visitor-${below(random, 500)}","at":${firstMs + below(random, 3_600_000)}}`
  }

  #adEvent(): string {
    const random = this.#random
    return `{"user_id":"u${below(random, 100)}","ad_id":"${pick(random, this.#options.ads)}","ad_type":"banner","event_type":"${pick(random, kinds)}","event_time":"${firstMs + below(random, 600_000)}","ip_address":"1.2.3.4"}`
  }

  /** Objects of the members that topologies read, in any order, twice, missing, escaped, with any values, in odd surroundings. */
  #oddJson(): string {
    const random = this.#random
    const ordinary = below(random, 2) === 0
      ? [['page', JSON.stringify(pick(random, pages))], ['visitor', `"v${below(random, 9)}"`], ['at', String(firstMs + below(random, 3_600_000))]]
      : [['ad_id', `"${pick(random, this.#options.ads)}"`], ['event_type', '"view"'], ['event_time', `"${firstMs + below(random, 600_000)}"`]]
    const members = ordinary.map(([name, value]) => [JSON.stringify(name), value!] as [string, string])
    for (let changes = 1 + below(random, 3); changes > 0; changes--) {
      const at = below(random, members.length + 1)
      const member = members[at]
      switch (below(random, 9)) {
        case 0: members.splice(at, 1); break
        case 1: if (member !== undefined) member[1] = pick(random, hostileJson); break
        case 2: if (member !== undefined) member[1] = JSON.stringify(pick(random, hostileTexts)); break
        case 3: if (member !== undefined) members.push([member[0], below(random, 2) === 0 ? member[1] : pick(random, hostileJson)]); break
        case 4: members.splice(at, 0, [JSON.stringify(pick(random, hostileTexts)), pick(random, hostileJson)]); break
        case 5: members.splice(at, 0, [JSON.stringify(pick(random, ['__proto__', 'constructor', 'toString', 'page'])), this.#nested()]); break
        case 6: if (member !== undefined) member[0] = member[0].replace(/[a-z]/, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`); break
        case 7: if (member !== undefined) member[1] = ` \t\r\n${member[1]}\n`; break
        default: members.reverse()
      }
    }
    const object = `{${members.map(([name, value]) => `${name}${pick(random, ['', '', ' '])}:${value}`).join(pick(random, [',', ',', ', ', ',\n']))}}`
    switch (below(random, 14)) {
      case 0: return `\ufeff${object}`
      case 1: return ` \n${object}\r\n`
      case 2: return `${object}${pick(random, [',', '}', '\0', '\u00a0', 'x', '{}'])}`
      case 3: return `[${object}]`
      case 4: return object.slice(0, below(random, object.length))
      case 5: return object.padEnd(object.length + below(random, 70))
      default: return object
    }
  }

  /** As deep as JSON is usually not, around the bound of what is read as JSON, and far beyond it. */
  #nested(): string {
    const random = this.#random
    const levels = below(random, 10) > 0 ? 1 + below(random, 20) : pick(random, [998, 999, 1_000, 1_001, 5_000, 12_000])
    return below(random, 2) === 0 ? '['.repeat(levels) + ']'.repeat(levels) : `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`
  }

  #words(): string {
    const random = this.#random
    if (this.#oneIn(200)) return `${'long'.repeat(5_000)} ${canary}`
    return Array.from({ length: below(random, 12) }, () => pick(random, hostileTexts)).join(pick(random, [' ', ' ', '  ', '\t']))
  }

  #harmed(bytes: Buffer): Buffer {
    const random = this.#random
    const at = below(random, bytes.length + 1)
    switch (below(random, 6)) {
      case 0: return bytes.subarray(0, at)
      case 1: {
        if (at < bytes.length) bytes[at]! ^= 1 << below(random, 8)
        return bytes
      }
      case 2: return Buffer.concat([bytes.subarray(0, at), pick(random, brokenUtf8), bytes.subarray(at)])
      case 3: return Buffer.concat([bytes.subarray(0, at), Buffer.from(pick(random, hostileTexts)), bytes.subarray(at)])
      case 4: return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + below(random, 5))])
      default: return Buffer.concat([bytes.subarray(0, at), bytes])
    }
  }

  #asciiNoise(): Buffer {
    const random = this.#random
    const noise = Buffer.alloc(below(random, 60))
    for (let i = 0; i < noise.length; i++) noise[i] = below(random, 128)
    return noise
  }

  #bytes(size: number): Buffer {
    const bytes = Buffer.alloc(size)
    for (let i = 0; i < size; i++) bytes[i] = this.#random()
    return bytes
  }

  #sized(size: number): Buffer {
    return Buffer.alloc(Math.max(0, size), `${canary} `.repeat(400).slice(0, -1).concat(' '))
  }
}
