import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { mutants } from './mutants.ts'

/*
 * node until-red.ts NUMBER SEEDS: plays seeds with a mutant in the place of its file, until one is red. Writes
 * what it found as JSON on standard output.
 */

export interface Found {
  readonly seeds: number
  /** What was violated, or never met; undefined: nobody has noticed anything. */
  readonly violation: string | undefined
}

const [number, most] = process.argv.slice(2).map(Number) as [number, number]
const { file, instead, text } = mutants[number]!
const url = new URL(`../../src/${file}`, import.meta.url).href
let applied = 0

registerHooks({
  load(asked, context, nextLoad) {
    const loaded = nextLoad(asked, context)
    if (asked !== url) return loaded
    const [before, after, ...more] = readFileSync(new URL(url), 'utf8').split(text)
    if (before === undefined || after === undefined || more.length > 0) throw new Error(`what is to be changed does not stand in ${file} exactly once`)
    applied++
    return { ...loaded, source: before + instead + after }
  },
})

const { RedisModel } = await import('./redis-model.ts')
const { frequent, playSeeds, seedsFrom } = await import('./seeds.ts')
let seeds = 0
const { hits, red } = await playSeeds(seedsFrom(1, most), await RedisModel.load(), () => seeds++)
if (applied !== 1) throw new Error(`${file} was not loaded`)
if (red?.violation?.startsWith('SyntaxError') === true) throw new Error(red.violation)
const never = frequent.filter((what) => !hits.has(what))
const found: Found = { seeds, violation: red?.violation ?? (never.length > 0 ? `never met: ${never.join(', ')}` : undefined) }
process.stdout.write(JSON.stringify(found))
