import { MillraceError } from '../errors.ts'

/** One component as one worker sees it. Components are given producers first. */
export interface BarrierNode {
  readonly component: string
  readonly spout: boolean
  /** Indexes of the components of this worker that feed it by direct call or local queue. */
  readonly producers: readonly number[]
  /** Channels from other workers that feed it. */
  readonly channels: readonly number[]
}

interface EpochProgress {
  cut: boolean
  readonly states: ('open' | 'passing' | 'done')[]
  /** Tuples per component that have come but are not settled: queued, in an inbox, or in an async call. */
  readonly unsettled: number[]
  readonly received: Map<number, number>
  readonly marked: Set<number>
  remaining: number
}

/**
 * Knows when each component of a worker has seen everything of an epoch: its spouts have cut, the
 * marker of every input channel has come with as many tuples as were sent, and nothing is unsettled.
 * Pure bookkeeping (aligned barriers after Chandy and Lamport as in Flink; tuples of the next epoch are
 * told apart by their tag instead of being held back).
 */
export class Barrier {
  readonly #nodes: readonly BarrierNode[]
  readonly #ofChannel = new Map<number, number>()
  readonly #epochs = new Map<number, EpochProgress>()

  constructor(nodes: readonly BarrierNode[]) {
    this.#nodes = nodes
    for (const [index, node] of nodes.entries()) {
      for (const channel of node.channels) this.#ofChannel.set(channel, index)
    }
  }

  /** The spouts of this worker emit nothing more of this epoch. */
  cut(epoch: number): void {
    this.#progress(epoch).cut = true
  }

  /** Tuples arrived on a channel; they are unsettled until `settle`. */
  received(channel: number, epoch: number, tuples: number): void {
    const progress = this.#progress(epoch)
    if (progress.marked.has(channel)) throw this.#unequal(channel, epoch, 'tuples came after the marker')
    progress.received.set(channel, (progress.received.get(channel) ?? 0) + tuples)
    progress.unsettled[this.#ofChannel.get(channel)!]! += tuples
  }

  marker(channel: number, epoch: number, count: number): void {
    const progress = this.#progress(epoch)
    const received = progress.received.get(channel) ?? 0
    if (received !== count || progress.marked.has(channel)) throw this.#unequal(channel, epoch, `${count} tuples were sent, ${received} received`)
    progress.marked.add(channel)
  }

  /** A tuple waits in the component or runs in an async call. */
  unsettle(node: number, epoch: number): void {
    this.#progress(epoch).unsettled[node]!++
  }

  settle(node: number, epoch: number, tuples = 1): void {
    this.#progress(epoch).unsettled[node]! -= tuples
  }

  /**
   * Calls `passed` for every component that has become done with the epoch since the last call, producers
   * first. What a component hands on to those behind it in that call still keeps them back.
   */
  advance(epoch: number, passed: (node: number) => void): void {
    const progress = this.#epochs.get(epoch)
    if (progress === undefined || !progress.cut) return
    for (const [index, node] of this.#nodes.entries()) {
      if (progress.states[index] !== 'open' || progress.unsettled[index] !== 0) continue
      if (!node.producers.every((producer) => progress.states[producer] === 'done')) continue
      if (!node.channels.every((channel) => progress.marked.has(channel))) continue
      progress.states[index] = 'passing'
      passed(index)
      progress.states[index] = 'done'
      progress.remaining--
    }
  }

  /** True once every component is done; then the epoch is forgotten. */
  complete(epoch: number): boolean {
    const progress = this.#epochs.get(epoch)
    if (progress === undefined || !progress.cut || progress.remaining > 0) return false
    this.#epochs.delete(epoch)
    return true
  }

  #progress(epoch: number): EpochProgress {
    let progress = this.#epochs.get(epoch)
    if (progress === undefined) {
      progress = {
        cut: false,
        states: this.#nodes.map(() => 'open'),
        unsettled: this.#nodes.map(() => 0),
        received: new Map(),
        marked: new Set(),
        remaining: this.#nodes.length,
      }
      this.#epochs.set(epoch, progress)
    }
    return progress
  }

  #unequal(channel: number, epoch: number, what: string): MillraceError {
    const component = this.#nodes[this.#ofChannel.get(channel)!]?.component
    return new MillraceError('MR_CONSERVATION', `epoch ${epoch}, channel ${channel}: ${what}`, {
      ...(component === undefined ? {} : { place: { component } }),
      remedy: 'the epoch is read again; report this as a bug',
    })
  }
}
