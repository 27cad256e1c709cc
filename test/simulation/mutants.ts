/** One place of the protocol, changed so that it is wrong. */
export interface Mutant {
  readonly name: string
  /** From `src/`. */
  readonly file: string
  /** Stands there exactly once. */
  readonly text: string
  readonly instead: string
}

const script = 'redis/commit-script.ts'
const coordinator = 'runtime/coordinator.ts'
const attempt = 'runtime/attempt.ts'
const barrier = 'tracking/barrier.ts'
const bolts = 'runtime/bolt-runner.ts'

/** The simulation must find every one of them. */
export const mutants: readonly Mutant[] = [
  {
    name: 'a commit is not compared with the stored position',
    file: script,
    text: "  if nexts[i] ~= head[at2 + i] then return {'MISMATCH', head[at1 + i], nexts[i]} end\n",
    instead: '',
  },
  {
    name: 'a stored position that is ahead is as good as the same',
    file: script,
    text: "  if nexts[i] ~= head[at2 + i] then return {'MISMATCH'",
    instead: "  if tonumber(nexts[i]) < tonumber(head[at2 + i]) then return {'MISMATCH'",
  },
  {
    name: 'the owner is ignored',
    file: script,
    text: "  if owners[i] ~= owner then return {'FENCED', head[at1 + i]} end\n",
    instead: '',
  },
  {
    name: 'a commit that was applied is applied again',
    file: script,
    text: "if n > 0 and dups == n then return {'DUP'} end\n",
    instead: 'if n > 0 and dups == n then dups = 0 for i = 1, n do nexts[i] = head[at2 + i] end end\n',
  },
  {
    name: 'increments of a commit that fails are not undone',
    file: script,
    text: 'for p = 1, onPart do',
    instead: 'for p = 1, 0 do',
  },
  {
    name: 'fields made by a commit that fails stay',
    file: script,
    text: "for _, field in ipairs(fresh) do call('HDEL', field[1], field[2]) end\n",
    instead: '',
  },
  {
    name: 'positions are stored before results fail',
    file: script,
    text: '  local sizes, settings = {}, {}\n',
    instead: "  for i = 1, n do call('HSET', off, head[at1 + i], head[at3 + i] .. '|' .. owner .. '|' .. id) end\n  local sizes, settings = {}, {}\n",
  },
  {
    name: 'positions are not stored',
    file: script,
    text: "      call('HSET', off, unpack(entries))\n",
    instead: '',
  },
  {
    name: 'a deployment overwrites positions',
    file: 'redis/position-scripts.ts',
    text: "  if call('HSETNX', KEYS[1], ARGV[i], ARGV[i + 1] .. '||') == 1 then",
    instead: "  if call('HSET', KEYS[1], ARGV[i], ARGV[i + 1] .. '||') >= 0 then",
  },
  {
    name: 'whoever takes a partition over is not remembered',
    file: 'redis/position-scripts.ts',
    text: "next .. '|' .. ARGV[4] .. '|' .. last)",
    instead: "next .. '|' .. string.match(stored, '|([^|]*)|') .. '|' .. last)",
  },
  {
    name: 'a script that Redis has forgotten is a refusal',
    file: 'redis/script.ts',
    text: "error.code !== 'NOSCRIPT'",
    instead: "error.code !== 'NONE'",
  },
  {
    name: 'a commit is sent again under another number',
    file: 'redis/redis-commit-store.ts',
    text: "    for (;;) {\n      const answer = this.#answer(await this.#ask('commit', () => this.#run(request)))\n",
    instead: `    let sends = 0
    for (;;) {
      const answer = this.#answer(await this.#ask('commit', () => this.#run(sends++ === 0 ? request : packCommit({ ...commit, sequence: commit.sequence + 1_000_000 * sends }, this.#keys))))
`,
  },
  {
    name: 'an unknown outcome is taken for a commit',
    file: 'redis/until-answered.ts',
    text: '      if (!error.passes) throw error.toError(connection.address)\n',
    instead: "      if (!error.passes) throw error.toError(connection.address)\n      if (what === 'commit' && error.code === '') return ['OK', '0'] as T\n",
  },
  {
    name: 'messages of earlier attempts count',
    file: coordinator,
    text: "!('attempt' in message) || message.attempt !== this.#attempt",
    instead: "!('attempt' in message)",
  },
  {
    name: 'an attempt that is given up leaves its epoch',
    file: coordinator,
    text: '    this.#cutEpoch = undefined\n    if (this.#phase !==',
    instead: '    if (this.#phase !==',
  },
  {
    name: 'a mismatch is taken for a commit',
    file: coordinator,
    text: '        this.#mismatch(answer.partition, answer.stored)\n        return\n',
    instead: '        break\n',
  },
  {
    name: 'an epoch is committed when one worker has sealed it',
    file: coordinator,
    text: '    if (cut.sealed.size < this.#env.plan.workers) return\n    const attempt',
    instead: '    if (cut.sealed.size !== 1) return\n    const attempt',
  },
  {
    name: 'a store that was rolled back is not looked for',
    file: coordinator,
    text: '      if (idle() && apart !== undefined) {',
    instead: '      if (idle() && apart !== undefined && apart[1] < 0) {',
  },
  {
    name: 'tuples count for the epoch that fills',
    file: attempt,
    text: '      const epoch = this.#epoch(frame.epoch)\n',
    instead: '      const epoch = this.#epoch(this.#filling)\n',
  },
  {
    name: 'positions of a later moment are committed',
    file: attempt,
    text: '    const cut = this.#cuts.get(epoch)!\n',
    instead: `    const now = new Map([...this.#spouts.values()].flatMap(({ runner }) => runner.positions()).map(({ partition, offset }) => [partition, offset]))
    const then = this.#cuts.get(epoch)!
    const cut = { ...then, ranges: then.ranges.map((range) => ({ ...range, to: now.get(range.partition)! })) }
`,
  },
  {
    name: 'results of an epoch that was sealed go into another',
    file: attempt,
    text: '    writes.clear()\n',
    instead: '',
  },
  {
    name: 'tuples that were sent and received are not compared',
    file: barrier,
    text: 'if (received !== count || progress.marked.has(channel))',
    instead: 'if (progress.marked.has(channel))',
  },
  {
    name: 'the barrier passes without one of its inputs',
    file: barrier,
    text: 'node.channels.every((channel) => progress.marked.has(channel))',
    instead: '(node.channels.length === 0 || node.channels.some((channel) => progress.marked.has(channel)))',
  },
  {
    name: 'the barrier passes producers of its own worker that are not through',
    file: barrier,
    text: "      if (!node.producers.every((producer) => progress.states[producer] === 'done')) continue\n",
    instead: '',
  },
  {
    name: 'the barrier passes tuples that wait',
    file: barrier,
    text: "progress.states[index] !== 'open' || progress.unsettled[index] !== 0",
    instead: "progress.states[index] !== 'open'",
  },
  {
    name: 'a call that fails has emitted',
    file: bolts,
    text: '      out.discard()\n      this.#failed(tuple, error, failures)\n      return\n',
    instead: '      this.#deliver(out)\n      this.#failed(tuple, error, failures)\n      return\n',
  },
  {
    name: 'it begins where the consumer group says',
    file: 'runtime/start-positions.ts',
    text: '    const offset = acquired.get(partition)\n',
    instead: '    const offset = acquired.has(partition) ? mirrored.get(partition) ?? acquired.get(partition) : undefined\n',
  },
  {
    name: 'partitions are given back before the last commit',
    file: 'runtime/run-topology.ts',
    text: '      revoked: () => coordinator.drain(),\n',
    instead: '      revoked: () => Promise.resolve(void coordinator.drain()),\n',
  },
  {
    name: 'a lost membership is ignored',
    file: 'runtime/run-topology.ts',
    text: '      lost: () => coordinator.lost(),\n',
    instead: '      lost: () => {},\n',
  },
]
