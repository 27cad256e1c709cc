import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadTopology } from '../../src/topology/load-topology.ts'

let folder: string
let files = 0
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-topology-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function fileOf(text: string, extension = 'ts'): string {
  const file = join(folder, `topology-${++files}.${extension}`)
  writeFileSync(file, text)
  return file
}

const inside = (path: string) => JSON.stringify(new URL(`../../src/topology/${path}`, import.meta.url).href)
const valid = `
import { defineTopology } from ${inside('define-topology.ts')}
import { spout } from ${inside('spout-definition.ts')}
import { bolt } from ${inside('bolt-definition.ts')}
const sink = { ...bolt({}, () => {}), store: { module: 'file:///store.ts', options: {} } }
const topology = defineTopology('loaded', (builder) => {
  builder.setBolt('sink', sink).shuffleGrouping(builder.setSpout('spout', spout({ n: 'number' }, () => [])))
})
`

describe('a topology file', () => {
  test('is loaded by its path and by its URL', async () => {
    const file = fileOf(`${valid}\nexport default topology`)
    for (const name of [file, pathToFileURL(file), pathToFileURL(file).href]) expect((await loadTopology(name)).name).toBe('loaded')
  })

  test('is named when it does not exist', async () => {
    const missing = join(folder, 'missing.ts')
    await expect(loadTopology(missing)).rejects.toMatchObject({ code: 'MR_TOPOLOGY_FILE', message: 'there is no such file', place: { at: missing } })
    await expect(loadTopology(folder)).rejects.toMatchObject({ code: 'MR_TOPOLOGY_FILE', message: 'there is no such file' })
  })

  test('that throws shows its own error as the cause, with its stack', async () => {
    const file = fileOf("throw new TypeError('the price list is missing')")
    const error: unknown = await loadTopology(file).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'MR_TOPOLOGY_FILE', message: 'the file cannot be loaded: the price list is missing', place: { at: file }, cause: { name: 'TypeError' } })
    expect((error as { cause: Error }).cause.stack).toContain(file)
  })

  test('that throws something else than an error is shown, too', async () => {
    await expect(loadTopology(fileOf("throw 'no'"))).rejects.toMatchObject({ code: 'MR_TOPOLOGY_FILE', message: 'the file cannot be loaded: no' })
  })

  test('whose own imports are missing names them', async () => {
    await expect(loadTopology(fileOf("import './nowhere.ts'"))).rejects.toMatchObject({ code: 'MR_TOPOLOGY_FILE', message: expect.stringContaining('nowhere.ts') as string })
  })

  test('whose topology is invalid keeps that error, and is named', async () => {
    const file = fileOf(`import { defineTopology } from ${inside('define-topology.ts')}\nexport default defineTopology('empty', () => {})`)
    await expect(loadTopology(file)).rejects.toMatchObject({ code: 'MR_TOPOLOGY_INVALID', place: { topology: 'empty', at: file } })
  })

  test.each([
    ['nothing', 'export {}', 'the file has no default export', /export default defineTopology/],
    ['a function', 'export default function make() {}', "the file's default export is function make, not a topology", /export default defineTopology/],
    ['what looks like a topology', "export default { name: 'a', components: [] }", "the file's default export is an object, not a topology", /export default defineTopology/],
    ['undefined', 'export default undefined', "the file's default export is undefined, not a topology", /export default defineTopology/],
    ['a topology under another name', `${valid}\nexport { topology }`, 'the file has no default export', /as topology: make that the default/],
  ])('that exports %s is told what to export', async (_, text, message, remedy) => {
    await expect(loadTopology(fileOf(text))).rejects.toMatchObject({ code: 'MR_TOPOLOGY_FILE', message: expect.stringMatching(message) as string, remedy: expect.stringMatching(remedy) as string })
  })
})
