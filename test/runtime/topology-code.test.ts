import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { describeTopologyFile } from '../../src/runtime/submit.ts'

const inside = (path: string) => JSON.stringify(new URL(`../../src/topology/${path}`, import.meta.url).href)
const files = {
  'shop/topology.ts': `
    import { createRequire } from 'node:module'
    import { defineTopology } from ${inside('define-topology.ts')}
    import { spout } from ${inside('spout-definition.ts')}
    import { bolt } from ${inside('bolt-definition.ts')}
    import { parts } from './bolts/parts.ts'
    import { version } from 'parts'
    import settings from '../settings.json' with { type: 'json' }
    const rates: number = createRequire(import.meta.url)('./rates.cjs')
    void [parts, version, settings, rates]
    const sink = { ...bolt({}, () => {}), store: { module: 'file:///store.ts', options: {} } }
    export default defineTopology('shop', (builder) => {
      builder.setBolt('sink', sink).shuffleGrouping(builder.setSpout('spout', spout({ n: 'number' }, () => [])))
    })`,
  'shop/bolts/parts.ts': 'export const parts: number = 1',
  'shop/rates.cjs': 'module.exports = 1',
  'settings.json': '{ "a": 1 }',
  'node_modules/parts/package.json': '{ "name": "parts", "version": "1.0.0", "type": "module", "exports": "./index.js" }',
  'node_modules/parts/index.js': 'export const version = 1',
  'shop/unused.ts': 'export const unused = 1',
} as const

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-code-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** The code of the topology above with one file changed. */
async function codeIn(place: string, changed?: keyof typeof files): Promise<string> {
  for (const [name, text] of Object.entries(files)) {
    const file = join(folder, place, name)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, name === changed ? text.replace('1', '2') : text)
  }
  return (await describeTopologyFile(join(folder, place, 'shop/topology.ts'))).code
}

describe('the code of a topology file', () => {
  it('is the same in another place, and changes with the file and all it imports, but not with packages', async () => {
    const code = await codeIn('a')
    expect(code).toMatch(/^[0-9a-f]{32}$/)
    expect(await codeIn('b/c')).toBe(code)
    expect(await codeIn('a', 'node_modules/parts/index.js')).toBe(code)
    expect(await codeIn('a', 'shop/unused.ts')).toBe(code)
    const others = []
    for (const changed of ['shop/bolts/parts.ts', 'shop/rates.cjs', 'settings.json'] as const) others.push(await codeIn('a', changed))
    expect(new Set([code, ...others]).size).toBe(4)
  })
})
