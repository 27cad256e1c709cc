import type { Assignment, GroupCoordinator, JoinAnswer, JoinRequest, Seat } from '../../src/kafka/group-coordinator.ts'
import { KafkaFailure } from '../../src/kafka/kafka-failure.ts'
import type { Position } from '../../src/topology/source.ts'

/** Answers when the test says so, and at once with what stands in `script`. */
export class ScriptedCoordinator implements GroupCoordinator {
  readonly calls: string[] = []
  readonly commits: { readonly seat: Seat; readonly positions: readonly Position[] }[] = []
  readonly stored = new Map<string, number>()
  generation = 1
  assignment: Assignment
  /** Errors for the next calls, by the name of the call; `never` leaves it without an answer. */
  readonly errors: { readonly call: string; readonly type: string; readonly retriable?: boolean }[] = []

  constructor(assignment: Assignment) {
    this.assignment = assignment
  }

  async join(request: JoinRequest): Promise<JoinAnswer> {
    await this.#called('join')
    return { seat: { memberId: request.memberId === '' ? 'member' : request.memberId, generation: this.generation }, assignor: 'millrace-sticky', members: [] }
  }

  async sync(): Promise<Assignment> {
    await this.#called('sync')
    return this.assignment
  }

  async heartbeat(): Promise<void> {
    await this.#called('heartbeat')
  }

  async leave(memberId: string): Promise<void> {
    await this.#called(`leave ${memberId}`)
  }

  async commit(seat: Seat, positions: readonly Position[]): Promise<void> {
    this.commits.push({ seat, positions })
    await this.#called('commit')
  }

  async committed(partitions: readonly string[]): Promise<ReadonlyMap<string, number>> {
    await this.#called('committed')
    return new Map([...this.stored].filter(([partition]) => partitions.includes(partition)))
  }

  fail(call: string, type: string, retriable = false): void {
    this.errors.push({ call, type, retriable })
  }

  async #called(call: string): Promise<void> {
    this.calls.push(call)
    const index = this.errors.findIndex((error) => call.startsWith(error.call))
    const [error] = index === -1 ? [] : this.errors.splice(index, 1)
    if (error?.type === 'never') await new Promise(() => {})
    if (error !== undefined) throw new KafkaFailure(error.type, `broker: ${error.type}`, error.retriable ?? false)
  }
}
