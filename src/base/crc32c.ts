/** Castagnoli's polynomial, reflected. */
const polynomial = 0x82f63b78
/** Bytes of one of the three streams that are worked on side by side: one alone waits for its own look-ups. */
const lane = 1024
const tableBytes = 4 * 256
/** Tables of the eight bytes of a step, then those of the four bytes of a state that goes over a lane of zeros. */
const laneTables = 8 * tableBytes
/** Where the bytes are put, and how many at a time. */
const inputAt = 65_536
const inputBytes = 65_536

const memory = new WebAssembly.Memory({ initial: 2, maximum: 2 })
const input = new Uint8Array(memory.buffer, inputAt, inputBytes)
fillTables(new Int32Array(memory.buffer, 0, 12 * 256))
const instance = new WebAssembly.Instance(new WebAssembly.Module(assembled()), { m: { m: memory } })
const advance = instance.exports['a'] as (state: number, at: number, end: number) => number

/**
 * CRC-32C of Kafka's record batches, an unsigned number. Slicing by eight (Kounavis and Berry, 2005) over
 * three streams at once, whose states are joined by tables (Adler's crc32_combine), in WebAssembly.
 */
export function crc32c(bytes: Uint8Array): number {
  let state = -1
  for (let at = 0; at < bytes.length; at += inputBytes) {
    const part = bytes.length <= inputBytes ? bytes : bytes.subarray(at, at + inputBytes)
    input.set(part)
    state = advance(state, inputAt, inputAt + part.length)
  }
  return ~state >>> 0
}

function fillTables(tables: Int32Array): void {
  for (let byte = 0; byte < 256; byte++) {
    let state = byte
    for (let bit = 0; bit < 8; bit++) state = (state >>> 1) ^ ((state & 1) * polynomial)
    tables[byte] = state
  }
  const overZero = (state: number): number => (state >>> 8) ^ tables[state & 255]!
  for (let i = 256; i < 8 * 256; i++) tables[i] = overZero(tables[i - 256]!)
  // What a state becomes is the sum of what its bits become.
  for (let bit = 0; bit < 32; bit++) {
    let state = 1 << bit
    for (let i = 0; i < lane; i++) state = overZero(state)
    const table = laneTables / 4 + 256 * (bit >> 3)
    const own = 1 << (bit & 7)
    for (let byte = own; byte < 2 * own; byte++) tables[table + byte] = tables[table + byte - own]! ^ state
  }
}

/**
 * The module, in the binary format of WebAssembly 1.0: it takes memory `m.m` and gives function `a`, which
 * takes a state over the bytes from `at` to `end`.
 */
function assembled(): Uint8Array<ArrayBuffer> {
  const [state, at, end, second, third, word, stop] = [0, 1, 2, 3, 4, 5, 6] as const
  const get = (local: number) => [0x20, local]
  const set = (local: number) => [0x21, local]
  const tee = (local: number) => [0x22, local]
  const constant = (value: number) => [0x41, ...signed(value)]
  const load = (offset: number) => [0x28, 0, ...unsigned(offset)]
  const [add, and, xor, shiftLeft, shiftRight] = [[0x6a], [0x71], [0x73], [0x74], [0x76]] as const
  const atMost = [0x4d]
  const below = [0x49]
  const advanceBy = (bytes: number) => [...get(at), ...constant(bytes), ...add, ...set(at)]
  /** A loop whose body runs while the condition holds. */
  const whilst = (condition: number[], body: number[]) => [0x02, 0x40, 0x03, 0x40, ...condition, 0x45, 0x0d, 1, ...body, 0x0c, 0, 0x0b, 0x0b]
  /** What table at `offset` has for a byte of a local. */
  const lookUp = (offset: number, local: number, byte: number) => [
    ...get(local), ...(byte === 0 ? [...constant(2), ...shiftLeft] : [...constant(8 * byte - 2), ...shiftRight]), ...constant(0x3fc), ...and, ...load(offset),
  ]
  const sum = (terms: number[][]) => [...terms[0]!, ...terms.slice(1).flatMap((term) => [...term, ...xor])]
  const bytesOf = [0, 1, 2, 3] as const
  /** Takes a state over the eight bytes at `offset` from `at`. */
  const step = (local: number, offset: number) => [
    ...get(local), ...get(at), ...load(offset), ...xor, ...set(local),
    ...get(at), ...load(offset + 4), ...set(word),
    ...sum([...bytesOf.map((byte) => lookUp((7 - byte) * tableBytes, local, byte)), ...bytesOf.map((byte) => lookUp((3 - byte) * tableBytes, word, byte))]),
    ...set(local),
  ]
  const overLane = [...sum(bytesOf.map((byte) => lookUp(laneTables + byte * tableBytes, state, byte))), ...set(state)]
  const join = (other: number) => [...overLane, ...get(state), ...get(other), ...xor, ...set(state)]
  const code = [
    ...whilst([...get(at), ...constant(3 * lane), ...add, ...get(end), ...atMost], [
      ...constant(0), ...set(second), ...constant(0), ...set(third),
      ...get(at), ...constant(lane), ...add, ...set(stop),
      ...whilst([...get(at), ...get(stop), ...below], [...step(state, 0), ...step(second, lane), ...step(third, 2 * lane), ...advanceBy(8)]),
      ...join(second), ...join(third), ...advanceBy(2 * lane),
    ]),
    ...whilst([...get(at), ...constant(8), ...add, ...get(end), ...atMost], [...step(state, 0), ...advanceBy(8)]),
    ...whilst([...get(at), ...get(end), ...below], [
      ...get(state), ...get(at), 0x2d, 0, 0, ...xor, ...tee(word), ...constant(255), ...and, ...constant(2), ...shiftLeft, ...load(0),
      ...get(state), ...constant(8), ...shiftRight, ...xor, ...set(state), ...advanceBy(1),
    ]),
    ...get(state), 0x0b,
  ]
  const section = (id: number, content: number[]) => [id, ...unsigned(content.length), ...content]
  const locals = [1, 4, 0x7f]
  return Uint8Array.from([
    0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
    ...section(1, [1, 0x60, 3, 0x7f, 0x7f, 0x7f, 1, 0x7f]),
    ...section(2, [1, 1, 0x6d, 1, 0x6d, 2, 1, 2, 2]),
    ...section(3, [1, 0]),
    ...section(7, [1, 1, 0x61, 0, 0]),
    ...section(10, [1, ...unsigned(locals.length + code.length), ...locals, ...code]),
  ])
}

/** LEB128. */
function unsigned(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)]
}

function signed(value: number): number[] {
  return value < 64 ? [value] : [(value & 127) | 128, ...signed(value >> 7)]
}
