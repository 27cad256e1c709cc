import { murmurHash } from './murmur-hash.ts'
import type { Halves } from './murmur-hash.ts'

const registers = 16_384
const indexBits = 14
/** Of the 64 bits of a hash those that do not choose the register. */
const patternBits = 50
const hashSeed = 0xadc83b19
const headBytes = 16
const denseBytes = headBytes + (registers * 6) / 8
const sparseEncoding = 1
const mostSparseBytes = 3000
const mostSparseValue = 32
const longestRun = 4
const longestZeros = 64
/** How many runs are looked at for joining after a change. */
const joinedRuns = 5
/** 1 / (2 ln 2): the constant of Ertl's estimator for many registers. */
const alpha = 0.7213475204444817

/** A run of equal registers in the sparse form. */
interface Run {
  /** Where it stands, and how many bytes it takes. */
  readonly at: number
  readonly bytes: number
  /** The registers it covers. */
  readonly first: number
  readonly length: number
  readonly value: number
}

/** The registers of a HyperLogLog do not add up to 16,384. */
export class CorruptHyperLogLog extends Error {
  override readonly name = 'CorruptHyperLogLog'
}

/**
 * Redis's HyperLogLog in the bytes of a string: `HYLL`, the encoding (0 dense, 1 sparse), three unused
 * bytes, the last estimate (64 bits, little endian; its highest bit says it is out of date), then the
 * registers. Dense: 16,384 registers of 6 bits, the lowest bits first. Sparse: runs of registers,
 * `00llllll` (up to 64 zeros), `01llllll llllllll` (up to 16,384 zeros), `1vvvvvll` (up to 4 of one value).
 * The bytes are those Redis 7.0 would have after the same commands.
 */
export class HyperLogLog {
  #bytes: Buffer
  readonly #hash: Halves = { high: 0, low: 0 }

  /** Undefined when the bytes are none; they are changed in place. */
  static of(bytes: Buffer): HyperLogLog | undefined {
    const dense = bytes[4] === 0 && bytes.length === denseBytes
    return bytes.length >= headBytes && bytes.toString('latin1', 0, 4) === 'HYLL' && (dense || bytes[4] === sparseEncoding) ? new HyperLogLog(bytes) : undefined
  }

  static empty(): HyperLogLog {
    const bytes = Buffer.alloc(headBytes + 2)
    bytes.write('HYLL', 'latin1')
    bytes[4] = sparseEncoding
    writeZeros(bytes, headBytes, registers)
    return new HyperLogLog(bytes)
  }

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get bytes(): Buffer {
    return this.#bytes
  }

  get isDense(): boolean {
    return this.#bytes[4] === 0
  }

  /** Adds an element, a byte string; says whether a register changed. Throws CorruptHyperLogLog. */
  add(element: string): boolean {
    const hash = this.#hash
    murmurHash(element, hashSeed, hash)
    return this.raise(hash.low & (registers - 1), patternLength(hash))
  }

  /** Sets a register that is lower; says whether it was. Throws CorruptHyperLogLog. */
  raise(register: number, value: number): boolean {
    return this.isDense ? raiseDense(this.#bytes, register, value) : this.#raiseSparse(register, value)
  }

  /** The estimate in the head is out of date. */
  forgetEstimate(): void {
    this.#bytes[15]! |= 0x80
  }

  /** The estimate in the head, undefined when it is out of date. */
  get estimate(): number | undefined {
    return (this.#bytes[15]! & 0x80) !== 0 ? undefined : Number(this.#bytes.readBigUInt64LE(8))
  }

  /** Counts anew and keeps the result in the head. Throws CorruptHyperLogLog. */
  count(): number {
    const estimate = estimateOf(this.toRegisters())
    this.#bytes.writeBigUInt64LE(BigInt(estimate), 8)
    return estimate
  }

  /** One byte for each register. Throws CorruptHyperLogLog. */
  toRegisters(): Uint8Array {
    const all = new Uint8Array(registers)
    this.mergeInto(all)
    return all
  }

  /** Raises each of the given registers to the one here. Throws CorruptHyperLogLog. */
  mergeInto(all: Uint8Array): void {
    if (this.isDense) {
      for (let i = 0; i < registers; i++) all[i] = Math.max(all[i]!, denseRegister(this.#bytes, i))
      return
    }
    let covered = 0
    for (let at = headBytes; at < this.#bytes.length; ) {
      const run = runAt(this.#bytes, at, covered)
      if (covered + run.length > registers) throw new CorruptHyperLogLog()
      if (run.value > 0) for (let i = covered; i < covered + run.length; i++) all[i] = Math.max(all[i]!, run.value)
      covered += run.length
      at += run.bytes
    }
    if (covered !== registers) throw new CorruptHyperLogLog()
  }

  /** Throws CorruptHyperLogLog. */
  makeDense(): void {
    if (this.isDense) return
    const dense = Buffer.alloc(denseBytes)
    this.#bytes.copy(dense, 0, 0, headBytes)
    dense[4] = 0
    for (const [i, value] of this.toRegisters().entries()) if (value > 0) raiseDense(dense, i, value)
    this.#bytes = dense
  }

  #raiseSparse(register: number, value: number): boolean {
    if (value > mostSparseValue) return this.#raiseAsDense(register, value)
    const { before, run } = this.#find(register)
    if (run.value >= value) return false
    if (run.bytes === 1 && run.length === 1) {
      this.#bytes[run.at] = valueRun(value, 1)
    } else {
      const split = splitRun(run, register, value)
      const grown = split.length - run.bytes
      if (grown > 0 && this.#bytes.length + grown > mostSparseBytes) return this.#raiseAsDense(register, value)
      const length = this.#bytes.length + grown
      // A damaged one may end within its last run; Redis grows it by the difference all the same.
      this.#bytes = Buffer.concat([this.#bytes.subarray(0, run.at), split, this.#bytes.subarray(run.at + run.bytes)], length)
    }
    this.#joinRuns(before)
    this.forgetEstimate()
    return true
  }

  #raiseAsDense(register: number, value: number): boolean {
    this.makeDense()
    return raiseDense(this.#bytes, register, value)
  }

  /** The run that covers the register, and where the one before it stands. */
  #find(register: number): { readonly before: number; readonly run: Run } {
    let before = headBytes
    let covered = 0
    for (let at = headBytes; at < this.#bytes.length; ) {
      const run = runAt(this.#bytes, at, covered)
      if (register < covered + run.length) return { before, run }
      before = at
      at += run.bytes
      covered += run.length
    }
    throw new CorruptHyperLogLog()
  }

  /** Joins neighbours of one value, as far as Redis looks for them. */
  #joinRuns(from: number): void {
    const bytes = this.#bytes
    let end = bytes.length
    let at = from
    for (let looked = 0; looked < joinedRuns && at < end; looked++) {
      const run = bytes[at]!
      const next = bytes[at + 1]!
      if (run < 0x80) {
        at += run < 0x40 ? 1 : 2
        continue
      }
      const length = (run & 3) + 1 + (next & 3) + 1
      if (at + 1 < end && next >= 0x80 && (run & 0x7c) === (next & 0x7c) && length <= longestRun) {
        bytes.copyWithin(at, at + 1, end)
        bytes[at] = (run & 0xfc) | (length - 1)
        end--
        continue
      }
      at++
    }
    this.#bytes = bytes.subarray(0, end)
  }
}

/** The estimate from registers of one byte each. Otmar Ertl, "New cardinality estimation algorithms for HyperLogLog sketches", arXiv:1702.01284. */
export function estimateOf(all: Uint8Array): number {
  const histogram = new Float64Array(64)
  for (const value of all) histogram[value]!++
  let z = registers * tau((registers - histogram[patternBits + 1]!) / registers)
  for (let i = patternBits; i >= 1; i--) {
    z += histogram[i]!
    z *= 0.5
  }
  z += registers * sigma(histogram[0]! / registers)
  return Math.round((alpha * registers * registers) / z)
}

function sigma(x: number): number {
  if (x === 1) return Number.POSITIVE_INFINITY
  let y = 1
  let z = x
  let before: number
  do {
    x *= x
    before = z
    z += x * y
    y += y
  } while (before !== z)
  return z
}

function tau(x: number): number {
  if (x === 0 || x === 1) return 0
  let y = 1
  let z = 1 - x
  let before: number
  do {
    x = Math.sqrt(x)
    before = z
    y *= 0.5
    z -= (1 - x) * (1 - x) * y
  } while (before !== z)
  return z / 3
}

/** The place of the lowest bit set above those that choose the register, from 1; behind all bits stands a 1. */
function patternLength(hash: Halves): number {
  const low = (hash.low >>> indexBits) | (hash.high << (32 - indexBits))
  if (low !== 0) return trailingZeros(low) + 1
  const high = (hash.high >>> indexBits) | (1 << (patternBits - 32))
  return 32 + trailingZeros(high) + 1
}

function trailingZeros(word: number): number {
  return 31 - Math.clz32(word & -word)
}

function denseRegister(bytes: Buffer, register: number): number {
  const bit = register * 6
  const at = headBytes + (bit >> 3)
  return ((bytes[at]! | ((bytes[at + 1] ?? 0) << 8)) >> (bit & 7)) & 63
}

function raiseDense(bytes: Buffer, register: number, value: number): boolean {
  if (denseRegister(bytes, register) >= value) return false
  const bit = register * 6
  const at = headBytes + (bit >> 3)
  const shift = bit & 7
  bytes[at] = (bytes[at]! & ~(63 << shift)) | (value << shift)
  if (shift > 2) bytes[at + 1] = (bytes[at + 1]! & ~(63 >> (8 - shift))) | (value >> (8 - shift))
  return true
}

function runAt(bytes: Buffer, at: number, first: number): Run {
  const head = bytes[at]!
  if (head >= 0x80) return { at, bytes: 1, first, length: (head & 3) + 1, value: ((head >> 2) & 31) + 1 }
  if (head < 0x40) return { at, bytes: 1, first, length: head + 1, value: 0 }
  return { at, bytes: 2, first, length: (((head & 63) << 8) | (bytes[at + 1] ?? 0)) + 1, value: 0 }
}

/** The run with one of its registers raised. */
function splitRun(run: Run, register: number, value: number): Buffer {
  const split = Buffer.alloc(5)
  let end = writeRun(split, 0, run.value, register - run.first)
  split[end++] = valueRun(value, 1)
  end = writeRun(split, end, run.value, run.first + run.length - 1 - register)
  return split.subarray(0, end)
}

/** Returns where it ends; nothing for a length of 0. */
function writeRun(bytes: Buffer, at: number, value: number, length: number): number {
  if (length === 0) return at
  if (value === 0) return writeZeros(bytes, at, length)
  bytes[at] = valueRun(value, length)
  return at + 1
}

function writeZeros(bytes: Buffer, at: number, length: number): number {
  if (length <= longestZeros) {
    bytes[at] = length - 1
    return at + 1
  }
  bytes.writeUInt16BE(0x4000 | (length - 1), at)
  return at + 2
}

function valueRun(value: number, length: number): number {
  return 0x80 | ((value - 1) << 2) | (length - 1)
}
