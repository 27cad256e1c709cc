import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { mutants } from '../simulation/mutants.ts'
import type { Found } from '../simulation/until-red.ts'

const mostSeeds = 1_000
const atOnce = 2

test('every mutant stands for one place of the product', () => {
  for (const { file, instead, name, text } of mutants) {
    expect(readFileSync(new URL(`../../src/${file}`, import.meta.url), 'utf8').split(text).length - 1, `${name}: ${file}`).toBe(1)
    expect(instead).not.toBe(text)
  }
  expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length)
})

test('the simulation finds every mutant', async () => {
  const found = new Map<number, Found>()
  const left = [...mutants.keys()]
  await Promise.all(Array.from({ length: atOnce }, async () => {
    for (let number = left.shift(); number !== undefined; number = left.shift()) found.set(number, await untilRed(number))
  }))
  const table = mutants.map(({ name }, number) => `${String(found.get(number)!.seeds).padStart(5)}  ${name}: ${found.get(number)!.violation ?? 'NOT FOUND'}`)
  console.log(`seeds until it was found\n${table.join('\n')}`)
  expect(mutants.filter((_, number) => found.get(number)!.violation === undefined).map(({ name }) => name)).toEqual([])
}, 1_200_000)

async function untilRed(number: number): Promise<Found> {
  const { NODE_COMPILE_CACHE: _, ...env } = process.env
  const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=source', new URL('../simulation/until-red.ts', import.meta.url).pathname, String(number), String(mostSeeds)], { env })
  return JSON.parse(stdout) as Found
}
