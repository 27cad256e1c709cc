import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'

export interface PartitionBatch {
  readonly partition: number
  readonly records: Buffer
}

/** Produce requests (version 7) on a connection of their own, several in flight, answered in order. */
export class ProduceConnection {
  readonly #address: string
  readonly #maxInFlight: number
  #socket: Socket | undefined
  #received: Buffer = Buffer.alloc(0)
  #waiting: (() => void)[] = []
  #inFlight = 0
  #failure: Error | undefined

  constructor(address: string, maxInFlight: number) {
    this.#address = address
    this.#maxInFlight = maxInFlight
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

  /** One request with at most one batch of each partition; waits only while too many are on their way. */
  async produce(topic: string, batches: readonly PartitionBatch[]): Promise<void> {
    while (this.#inFlight >= this.#maxInFlight) await this.#answer()
    if (this.#failure !== undefined) throw this.#failure
    const name = Buffer.from(topic)
    const head = Buffer.alloc(36 + name.length)
    const batchBytes = batches.reduce((sum, { records }) => sum + 8 + records.length, 0)
    let at = head.writeInt32BE(head.length - 4 + batchBytes, 0)
    at = head.writeInt16BE(0, at) // Produce
    at = head.writeInt16BE(7, at)
    at = head.writeInt32BE(0, at) // correlation
    at = head.writeInt16BE(4, at)
    at += head.write('load', at)
    at = head.writeInt16BE(-1, at) // no transaction
    at = head.writeInt16BE(1, at) // acks
    at = head.writeInt32BE(30_000, at)
    at = head.writeInt32BE(1, at)
    at = head.writeInt16BE(name.length, at)
    at += name.copy(head, at)
    head.writeInt32BE(batches.length, at)
    this.#inFlight++
    const socket = this.#socket!
    socket.cork()
    socket.write(head)
    for (const { partition, records } of batches) {
      const lead = Buffer.alloc(8)
      lead.writeInt32BE(records.length, lead.writeInt32BE(partition, 0))
      socket.write(lead)
      socket.write(records)
    }
    socket.uncork()
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
      this.#inFlight--
      for (const errorCode of errorCodes(response)) this.#fail(new Error(`the broker refused a batch with error ${errorCode}`))
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

/** Of the partitions that were refused. */
function* errorCodes(response: Buffer): Generator<number> {
  // Correlation, one topic with its name, then of each partition: number, error code, offset, time, log start.
  let at = 8 + 2 + response.readInt16BE(8)
  const partitions = response.readInt32BE(at)
  at += 4
  for (let i = 0; i < partitions; i++, at += 30) {
    const errorCode = response.readInt16BE(at + 4)
    if (errorCode !== 0) yield errorCode
  }
}
