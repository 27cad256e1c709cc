import { fork, type ChildProcess } from 'node:child_process'
import { parseArgs } from 'node:util'
import { addHits, hitTable, missing, type Hits } from './seeds.ts'
import { faults } from './faults.ts'
import { RedisModel } from './redis-model.ts'
import { simulate } from './simulation.ts'
import type { FromPlayer, PlayerSeeds } from './player.ts'

/*
 * npm run simulate -- --seeds 100000 [--from 1] [--workers 2]
 * npm run simulate -- --seed 4711          one run, in words
 */

/** Runs from which on everything must have been met. */
const tellingSeeds = 1_000
const lineEveryMs = 5_000

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '2000' },
    from: { type: 'string', default: '1' },
    workers: { type: 'string', default: '2' },
    seed: { type: 'string' },
  },
})

process.exitCode = values.seed === undefined ? await many(whole(values.seeds), whole(values.from), whole(values.workers)) : await one(whole(values.seed))

function whole(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new TypeError(`${text} is no whole number`)
  return Number(text)
}

async function one(seed: number): Promise<number> {
  const { violation, hash, steps, lines } = await simulate(seed, await RedisModel.load(), true)
  for (const line of lines) console.log(line)
  console.log(`seed ${seed}: ${steps} steps, trace ${hash.toString(16)}: ${violation ?? 'all is well'}`)
  return violation === undefined ? 0 : 1
}

async function many(seeds: number, from: number, workers: number): Promise<number> {
  const hits: Hits = new Map()
  const startedAt = performance.now()
  let played = 0
  const line = (): void => {
    const perSecond = played / ((performance.now() - startedAt) / 1000)
    console.log(`${played.toLocaleString('en')} of ${seeds.toLocaleString('en')} seeds · ${perSecond.toFixed(1)}/s · ${(hits.get('commit') ?? 0).toLocaleString('en')} commits · 0 wrong`)
  }
  const timer = setInterval(line, lineEveryMs)
  const players: ChildProcess[] = []
  const red = await new Promise<string | undefined>((resolve, reject) => {
    let left = workers
    for (let worker = 0; worker < workers; worker++) {
      const share: PlayerSeeds = { first: from + worker, step: workers, count: Math.ceil((seeds - worker) / workers) }
      const player = fork(new URL('player.ts', import.meta.url), [JSON.stringify(share)], { execArgv: ['--conditions=source'], serialization: 'advanced' })
      players.push(player)
      player.on('message', (message: FromPlayer) => {
        addHits(hits, message.hits)
        played += message.played
        if (message.violation !== undefined) resolve(message.violation)
      })
      player.on('exit', (code) => {
        if (code !== 0) reject(new Error(`a player has ended with ${code}`))
        else if (--left === 0) resolve(undefined)
      })
    }
  }).finally(() => {
    clearInterval(timer)
    for (const player of players) player.removeAllListeners('exit').kill()
  })
  if (red !== undefined) {
    console.log(red)
    return 1
  }
  line()
  console.log(hitTable(hits))
  const unmet = seeds < tellingSeeds ? [] : missing(hits, faults.map(({ name }) => name))
  if (unmet.length > 0) console.log(`never met: ${unmet.join(', ')}`)
  return unmet.length === 0 ? 0 : 1
}
