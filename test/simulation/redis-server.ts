import type { RedisModel, Snapshot } from './redis-model.ts'
import type { World } from './world.ts'

type Positions = ReadonlyMap<string, { readonly next: number }>

interface State {
  readonly snapshot: Snapshot
  /** Those it holds, as far as they are older. */
  readonly positions: Positions
}

/** The Redis of a simulation as its clients meet it: it goes away, comes back, and forgets. */
export class RedisServer {
  readonly model: RedisModel
  /** Commands are answered with LOADING. */
  loading = false
  /** The life it is in, from 0; undefined while it is down. */
  life: number | undefined = 0
  #lives = 0
  readonly #links = new Set<() => void>()
  readonly #world: World
  /** An older state that it may fall back to. */
  #older: State | undefined
  /** The state it comes back with, while it is down. */
  #returning: State | undefined

  readonly #restarted: () => void
  /** Told of a process that waits for its commit and is told of a mismatch. */
  readonly mismatched: (by: string, partition: string) => void

  /** `restarted` is told when it has come back, perhaps with an older state. */
  constructor(world: World, model: RedisModel, restarted: () => void, mismatched: (by: string, partition: string) => void) {
    this.mismatched = mismatched
    this.#world = world
    this.model = model
    this.#restarted = restarted
  }

  /** Called when the connection ends from the server's side. */
  linked(cut: () => void): () => void {
    this.#links.add(cut)
    return () => void this.#links.delete(cut)
  }

  cutAll(): void {
    const links = [...this.#links]
    for (const cut of links) cut()
  }

  execute(command: string, args: readonly (string | Buffer)[], by: string): unknown {
    return this.model.execute(command, args, by)
  }

  /** What a replica has got so far, or a copy that somebody made. */
  keepOlder(positions: Positions): void {
    this.#older = { snapshot: this.model.save(), positions }
  }

  /** Positions came that an older state does not have: it would be that of another topology. */
  forgetOlder(): void {
    this.#older = undefined
  }

  /** Where records may have to be read from again, whatever it falls back to. */
  olderPosition(partition: string): number {
    return Math.min(...[this.#older, this.#returning].map((state) => state?.positions.get(partition)?.next ?? Infinity))
  }

  crash(downMs: number, loadingMs: number, fallBack: boolean): void {
    if (this.life === undefined) return
    const world = this.#world
    const older = fallBack ? this.#older : undefined
    this.#returning = older ?? { snapshot: this.model.save(), positions: new Map() }
    this.#older = undefined
    this.life = undefined
    this.cutAll()
    world.after(downMs, () => {
      this.life = ++this.#lives
      this.loading = loadingMs > 0
      this.model.restart(this.#returning!.snapshot)
      this.#returning = undefined
      world.note(`redis is back in life ${this.life}${older === undefined ? '' : ', with an older state'}`)
      this.#restarted()
      world.after(loadingMs, () => {
        this.loading = false
      })
    })
  }
}
