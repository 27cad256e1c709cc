import type { RedisConnection } from '../../src/redis/redis-connection.ts'

export type Call = readonly [command: string, args: readonly (string | Buffer)[]]

/** A connection that answers from a list; an Error among the answers rejects the call. */
export class FakeConnection implements RedisConnection {
  readonly address = 'redis.test:6379'
  readonly calls: Call[] = []
  readonly #answers: unknown[]
  readonly #ready = new Set<() => void>()

  constructor(answers: readonly unknown[]) {
    this.#answers = [...answers]
  }

  open(): Promise<void> {
    return Promise.resolve()
  }

  call(command: string, args: readonly (string | Buffer)[]): Promise<unknown> {
    this.calls.push([command, args])
    const answer = this.#answers.shift()
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)
  }

  onReady(call: () => void): () => void {
    this.#ready.add(call)
    return () => void this.#ready.delete(call)
  }

  becomeReady(): void {
    for (const call of this.#ready) call()
  }

  get waiting(): number {
    return this.#ready.size
  }

  close(): void {}
}
