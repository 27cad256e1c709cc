import { crc32c } from '../../src/base/crc32c.ts'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { once } from 'node:events'
import { partitionLeaders } from './topics.ts'

export interface LoadOptions {
  /** Records of one batch. Default 1,000. */
  readonly batchRecords?: number
  /** Number of the partition the first record goes to; the next goes to the next one. Default 0. */
  readonly firstPartition?: number
  /** Time of every record. Default: now. */
  readonly timestampMs?: number
}

/**
 * Puts values into a topic, in turns over its partitions, as fast as the broker takes them: batches
 * are encoded here, without an object per record, and written by the leader alone (acks=1).
 */
export async function load(brokers: readonly string[], topic: string, values: Iterable<string | Uint8Array>, options: LoadOptions = {}): Promise<number> {
  const batchRecords = options.batchRecords ?? 1000
  const timestampMs = options.timestampMs ?? Date.now()
  const leaders = await partitionLeaders(brokers, topic)
  const connections = new Map([...new Set(leaders)].map((leader) => [leader, new ProduceConnection(leader)]))
  const batches = leaders.map(() => new BatchBuilder(timestampMs))
  const send = async (partition: number): Promise<void> => {
    await connections.get(leaders[partition]!)!.produce(topic, partition, batches[partition]!.take())
  }
  let count = 0
  try {
    await Promise.all([...connections.values()].map((connection) => connection.open()))
    let partition = (options.firstPartition ?? 0) % leaders.length
    for (const value of values) {
      const batch = batches[partition]!
      batch.append(value)
      if (batch.count >= batchRecords || batch.sizeBytes >= maxBatchBytes) await send(partition)
      partition = (partition + 1) % leaders.length
      count++
    }
    for (const [index, batch] of batches.entries()) {
      if (batch.count > 0) await send(index)
    }
    await Promise.all([...connections.values()].map((connection) => connection.settled()))
  } finally {
    for (const connection of connections.values()) connection.close()
  }
  return count
}

const maxBatchBytes = 500_000
const batchHeaderBytes = 61
const maxInFlight = 8

/** One record batch of Kafka's format 2, uncompressed. */
class BatchBuilder {
  count = 0
  #bytes = Buffer.allocUnsafe(2 * maxBatchBytes)
  #end = batchHeaderBytes
  readonly #timestampMs: number

  constructor(timestampMs: number) {
    this.#timestampMs = timestampMs
  }

  get sizeBytes(): number {
    return this.#end
  }

  append(value: string | Uint8Array): void {
    const valueBytes = typeof value === 'string' ? Buffer.byteLength(value) : value.length
    const delta = this.count++
    const bodyBytes = 1 + 1 + varintBytes(delta) + 1 + varintBytes(valueBytes) + valueBytes + 1
    if (this.#end + bodyBytes + 5 > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(2 * (this.#end + bodyBytes + 5))
      this.#bytes.copy(larger, 0, 0, this.#end)
      this.#bytes = larger
    }
    const bytes = this.#bytes
    let at = writeVarint(bytes, this.#end, bodyBytes)
    bytes[at++] = 0 // attributes
    bytes[at++] = 0 // time after the batch's
    at = writeVarint(bytes, at, delta)
    bytes[at++] = 1 // no key: length -1
    at = writeVarint(bytes, at, valueBytes)
    if (typeof value === 'string') bytes.write(value, at, 'utf8')
    else bytes.set(value, at)
    at += valueBytes
    bytes[at++] = 0 // headers
    this.#end = at
  }

  take(): Buffer {
    const batch = Buffer.from(this.#bytes.subarray(0, this.#end))
    batch.writeBigInt64BE(0n, 0) // base offset, set by the broker
    batch.writeInt32BE(batch.length - 12, 8)
    batch.writeInt32BE(-1, 12) // leader epoch
    batch[16] = 2
    batch.writeInt16BE(0, 21) // attributes
    batch.writeInt32BE(this.count - 1, 23)
    batch.writeBigInt64BE(BigInt(this.#timestampMs), 27)
    batch.writeBigInt64BE(BigInt(this.#timestampMs), 35)
    batch.writeBigInt64BE(-1n, 43) // producer id
    batch.writeInt16BE(-1, 51)
    batch.writeInt32BE(-1, 53)
    batch.writeInt32BE(this.count, 57)
    batch.writeUInt32BE(crc32c(batch.subarray(21)) >>> 0, 17)
    this.count = 0
    this.#end = batchHeaderBytes
    return batch
  }
}

/** Produce requests (version 7) on a connection of their own, several in flight, answered in order. */
class ProduceConnection {
  readonly #address: string
  #socket: Socket | undefined
  #received: Buffer = Buffer.alloc(0)
  #waiting: (() => void)[] = []
  #inFlight = 0
  #failure: Error | undefined

  constructor(address: string) {
    this.#address = address
  }

  async open(): Promise<void> {
    const [host, port] = this.#address.split(':')
    const socket = connect(Number(port), host)
    socket.setNoDelay(true)
    await once(socket, 'connect')
    socket.on('data', (chunk) => this.#receive(chunk))
    socket.on('error', (error) => this.#fail(error))
    socket.on('close', () => this.#fail(new Error(`${this.#address} closed the connection`)))
    this.#socket = socket
  }

  async produce(topic: string, partition: number, records: Buffer): Promise<void> {
    while (this.#inFlight >= maxInFlight) await this.#answer()
    if (this.#failure !== undefined) throw this.#failure
    const name = Buffer.from(topic)
    const head = Buffer.alloc(44 + name.length)
    let at = head.writeInt32BE(head.length - 4 + records.length, 0)
    at = head.writeInt16BE(0, at) // Produce
    at = head.writeInt16BE(7, at)
    at = head.writeInt32BE(partition, at) // correlation
    at = head.writeInt16BE(4, at)
    at += head.write('load', at)
    at = head.writeInt16BE(-1, at) // no transaction
    at = head.writeInt16BE(1, at) // acks
    at = head.writeInt32BE(30_000, at)
    at = head.writeInt32BE(1, at)
    at = head.writeInt16BE(name.length, at)
    at += name.copy(head, at)
    at = head.writeInt32BE(1, at)
    at = head.writeInt32BE(partition, at)
    head.writeInt32BE(records.length, at)
    this.#inFlight++
    this.#socket!.write(head)
    this.#socket!.write(records)
  }

  async settled(): Promise<void> {
    while (this.#inFlight > 0) await this.#answer()
    if (this.#failure !== undefined) throw this.#failure
  }

  close(): void {
    this.#socket?.removeAllListeners('close')
    this.#socket?.destroy()
  }

  #answer(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
    })
  }

  #receive(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk])
    while (this.#received.length >= 4 && this.#received.length >= 4 + this.#received.readInt32BE(0)) {
      const response = this.#received.subarray(4, 4 + this.#received.readInt32BE(0))
      this.#received = this.#received.subarray(4 + response.length)
      // correlation, one topic with its name, one partition with its number, then the error code
      const errorCode = response.readInt16BE(8 + 2 + response.readInt16BE(8) + 4 + 4)
      this.#inFlight--
      if (errorCode !== 0) this.#fail(new Error(`the broker refused a batch with error ${errorCode}`))
      this.#wake()
    }
  }

  #fail(error: Error): void {
    this.#failure ??= error
    this.#inFlight = 0
    this.#wake()
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}

function varintBytes(value: number): number {
  let rest = value * 2
  let bytes = 1
  for (; rest > 0x7f; bytes++) rest = Math.floor(rest / 128)
  return bytes
}

/** Kafka's zigzag varint of a number that is not negative. */
function writeVarint(bytes: Buffer, at: number, value: number): number {
  let rest = value * 2
  while (rest > 0x7f) {
    bytes[at++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  bytes[at++] = rest
  return at
}
