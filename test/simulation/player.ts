import { RedisModel } from './redis-model.ts'
import { addHits, seedsFrom, type Hits } from './seeds.ts'
import { simulate } from './simulation.ts'

/** Every `step`th seed from `first` on. */
export interface PlayerSeeds {
  readonly first: number
  readonly step: number
  readonly count: number
}

/** What came of some seeds, to the process that has started this one. */
export interface FromPlayer {
  readonly played: number
  readonly hits: ReadonlyMap<string, number>
  /** The first that is wrong, and how to see it again. */
  readonly violation: string | undefined
}

const seedsPerMessage = 20

const { count, first, step } = JSON.parse(process.argv[2]!) as PlayerSeeds
const redis = await RedisModel.load()
let hits: Hits = new Map()
let played = 0

function tell(violation?: string): void {
  process.send!({ played, hits, violation } satisfies FromPlayer)
  hits = new Map()
  played = 0
}

for (const seed of seedsFrom(first, count, step)) {
  const verdict = await simulate(seed, redis)
  played++
  addHits(hits, verdict.hits)
  if (verdict.violation !== undefined) {
    tell(`seed ${seed}: ${verdict.violation}\nsee it with: npm run simulate -- --seed ${seed}`)
    break
  }
  if (played === seedsPerMessage) {
    tell()
    // Else nothing but promises would ever run, and no message would leave.
    await new Promise((resolve) => setImmediate(resolve))
  }
}
tell()
process.disconnect()
