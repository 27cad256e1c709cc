import { transferables, type Columns } from '../tuple/columns.ts'

/** What two workers say to each other. A channel is one subscription from one worker to another. */
export type LinkMessage =
  | BatchFrame
  /** No more tuples of this epoch on this channel; `count` were sent. */
  | { readonly kind: 'marker'; readonly channel: number; readonly epoch: number; readonly count: number }
  /** The receiver has processed this much. */
  | { readonly kind: 'credit'; readonly channel: number; readonly batches: number; readonly bytes: number }

export interface BatchFrame {
  readonly kind: 'batch'
  readonly channel: number
  readonly epoch: number
  readonly batch: Columns
  /** Whether the rows came in batches: then those of one task stand together, and go on together. */
  readonly ofBatches: boolean
  /** Task number of each row. */
  readonly targets: Int32Array<ArrayBuffer>
  /** The record each row comes from: index into the attempt's partitions, and offset. */
  readonly partitions: Int32Array<ArrayBuffer>
  readonly offsets: Float64Array<ArrayBuffer>
  /** Weight in the credit window. */
  readonly bytes: number
}

/** Two-way, first in first out, between two workers. A closed link drops what is sent. */
export interface Link {
  send(message: LinkMessage): void
  /** Called once, before the first message is delivered. */
  listen(receive: (message: LinkMessage) => void): void
  close(): void
}

/** What a message may move instead of copying; its sender does not look at it again. */
export function transferOf(message: LinkMessage): ArrayBuffer[] {
  if (message.kind !== 'batch') return []
  return [message.targets.buffer, message.partitions.buffer, message.offsets.buffer, ...transferables(message.batch)]
}
