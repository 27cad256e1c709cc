import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, posix } from 'node:path'
import { describe, expect, test } from 'vitest'

/** Imports go down only, and folders of one row never see each other. */
const rows: readonly (readonly string[])[] = [
  ['src/errors.ts'],
  ['src/base'],
  ['src/tuple', 'src/metrics', 'src/state', 'src/wire'],
  ['src/grouping', 'src/tracking', 'src/transport'],
  ['src/topology'],
  ['src/bolts', 'src/runtime', 'src/windowing', 'src/kafka', 'src/redis', 'src/rx', 'src/embedded'],
  ['src/testing', 'src/replay', 'src/dashboard'],
  ['src/cli', 'src/index.ts'],
  ['topologies'],
  ['test'],
]
/** What a folder may see, when that is less than all below it. */
const seesOnly: Readonly<Record<string, readonly string[]>> = {
  'src/embedded': ['src/errors.ts', 'src/base', 'src/wire'],
}
/** Modules that one kind of file alone may import. */
const confined: readonly (readonly [module: RegExp, where: RegExp])[] = [
  [/^kafkajs(\/|$)/, /^src\/kafka\/kafkajs-[\w-]+(\.d)?\.ts$/],
  [/^ioredis(\/|$)/, /^src\/redis\/ioredis-[\w-]+\.ts$/],
  [/^(node:)?worker_threads$/, /^src\/(runtime\/thread\/[\w-]+|embedded\/thread\/[\w-]+|transport\/port-link)\.ts$/],
  [/^(node:)?timers(\/|$)/, /^$/],
]
const timeAndTimers = /\b(Date|setTimeout|setInterval|performance)\b/
const bannedNames = new Set(['utils', 'util', 'helpers', 'helper', 'common', 'types', 'type', 'manager', 'managers', 'service', 'services', 'impl', 'misc', 'shared', 'lib', 'core'])
const unfinished = /\b(TODO|FIXME|XXX)\b|@ts-(ignore|nocheck)|(oxlint|eslint)-disable/

type Sources = ReadonlyMap<string, string>
interface Manifest {
  readonly exports: Readonly<Record<string, string | { readonly source: string; readonly types: string; readonly default: string }>>
  readonly dependencies: Readonly<Record<string, string>>
  /** What a user may bring. */
  readonly peerDependencies?: Readonly<Record<string, string>>
}

/** Every rule broken, one line each. */
function violations(sources: Sources, manifest: Manifest): string[] {
  const found: string[] = []
  for (const [file, text] of sources) {
    const code = withoutComments(text)
    for (const specifier of importsOf(code)) found.push(...importFaults(file, specifier, manifest).map((fault) => `${file}: ${fault}`))
    if (/\bexport\s*\*/.test(withoutStrings(code))) found.push(`${file}: exports by *`)
    if (!file.startsWith('src/')) continue
    if (unfinished.test(text)) found.push(`${file}: is unfinished or switches a check off`)
    if (file !== 'src/base/clock.ts' && timeAndTimers.test(withoutStrings(code))) found.push(`${file}: uses time or timers without a clock`)
    for (const name of [...dirname(file).split('/'), basename(file, '.ts')]) if (bannedNames.has(name)) found.push(`${file}: ${name} names nothing`)
    if (/\binterface I[A-Z][a-z]/.test(code)) found.push(`${file}: an interface has an I in front`)
    if (homeOf(file) === undefined) found.push(`${file}: its folder has no row`)
  }
  return [...found, ...doorFaults([...sources.keys()], manifest)]
}

function importFaults(file: string, specifier: string, manifest: Manifest): string[] {
  for (const [module, where] of confined) {
    if (file.startsWith('src/') && module.test(specifier) && !where.test(file)) return [`imports ${specifier}`]
  }
  if (file.startsWith('topologies/')) {
    const isDoor = specifier === 'millrace' || (specifier.startsWith('millrace/') && specifier.replace('millrace', '.') in manifest.exports)
    return isDoor || specifier.startsWith('node:') ? [] : [`imports ${specifier}, which is no public door`]
  }
  if (!file.startsWith('src/')) return []
  if (!specifier.startsWith('.')) {
    if (specifier.startsWith('node:')) return []
    const name = specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/')
    return name in manifest.dependencies || (file.startsWith('src/testing/') && name in (manifest.peerDependencies ?? {})) ? [] : [`imports ${specifier}, which is no dependency`]
  }
  const target = posix.join(dirname(file), specifier)
  if (!specifier.endsWith('.ts')) return [`imports ${specifier} without .ts`]
  if (basename(target) === 'index.ts') return [`imports the door ${target} from inside`]
  return seesFaults(file, target)
}

function seesFaults(file: string, target: string): string[] {
  const from = homeOf(file)
  const to = homeOf(target)
  if (from === undefined || to === undefined) return [`imports ${target}, which is in no row`]
  if (from.folder === to.folder) return []
  const only = seesOnly[from.folder]
  if (only !== undefined && !only.includes(to.folder)) return [`imports ${target}, which ${from.folder} must not see`]
  if (to.row > from.row) return [`imports upwards: ${target}`]
  return to.row === from.row ? [`imports its neighbour ${target}`] : []
}

function homeOf(file: string): { readonly folder: string; readonly row: number } | undefined {
  for (const [row, folders] of rows.entries()) {
    const folder = folders.find((folder) => file === folder || file.startsWith(`${folder}/`))
    if (folder !== undefined) return { folder, row }
  }
  return undefined
}

/** The exports map and the index.ts files are the same doors. */
function doorFaults(files: readonly string[], { exports }: Manifest): string[] {
  const indexes = files.filter((file) => file.startsWith('src/') && basename(file) === 'index.ts')
  const doors = Object.entries(exports).flatMap(([door, to]) => (typeof to === 'string' ? [] : [{ door, ...to }]))
  const faults: string[] = []
  for (const index of indexes) if (!doors.some(({ source }) => source === `./${index}`)) faults.push(`${index}: is no door of the package`)
  for (const { door, source, types, default: built } of doors) {
    const folder = source.replace(/^\.\/src/, './dist').replace(/\.ts$/, '')
    if (!indexes.includes(source.slice(2))) faults.push(`package.json: ${door} leads to ${source}, which is not there`)
    if (source !== posix.join('./src', door, 'index.ts').replace(/^/, './')) faults.push(`package.json: ${door} leads to ${source}`)
    if (types !== `${folder}.d.ts` || built !== `${folder}.js`) faults.push(`package.json: ${door} is built somewhere else`)
  }
  return faults
}

function importsOf(code: string): string[] {
  const statements = /\b(?:import|export)\b[^'"`;=]*?\bfrom\s*['"]([^'"]+)['"]|\bimport\s*\(?\s*['"]([^'"]+)['"]/g
  return Array.from(code.matchAll(statements), ([, from, bare]) => from ?? bare!)
}

/** Strings are kept, and `//` in them is no comment. */
function withoutComments(text: string): string {
  return text.replace(/('(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*")|\/\*[\s\S]*?\*\/|(?<![\\:])\/\/[^\n]*/g, (_, string: string | undefined) => string ?? '')
}

function withoutStrings(code: string): string {
  return code.replace(/'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/g, "''")
}

const root = join(import.meta.dirname, '..')

function readSources(): Sources {
  const files = ['src', 'topologies', 'test'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => posix.join(folder, file.replaceAll('\\', '/'))))
  return new Map(files.filter((file) => file.endsWith('.ts')).toSorted().map((file) => [file, readFileSync(join(root, file), 'utf8')]))
}

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest

describe('the house', () => {
  test('keeps its rules', () => {
    expect(violations(readSources(), manifest)).toEqual([])
  })

  test('is all there to be checked', () => {
    const sources = readSources()
    expect(importsOf(withoutComments(sources.get('src/topology/topology.ts')!))).toContain('../grouping/grouping.ts')
    expect(sources.size).toBeGreaterThan(100)
  })
})

describe('a rule that is broken is found:', () => {
  const doors: Manifest = { exports: { '.': { source: './src/index.ts', types: './dist/index.d.ts', default: './dist/index.js' } }, dependencies: { kafkajs: '', ioredis: '', pino: '' } }
  const broken: readonly (readonly [rule: string, file: string, text: string, fault: string])[] = [
    ['an import upwards', 'src/tuple/a.ts', "import { x } from '../topology/b.ts'", 'imports upwards: src/topology/b.ts'],
    ['a type imported upwards', 'src/base/a.ts', "import type { X } from '../runtime/b.ts'", 'imports upwards: src/runtime/b.ts'],
    ['an import over several lines', 'src/base/a.ts', "import {\n  x, // why\n  y,\n} from '../state/b.ts'", 'imports upwards: src/state/b.ts'],
    ['a re-export upwards', 'src/base/a.ts', "export { x } from '../state/b.ts'", 'imports upwards: src/state/b.ts'],
    ['an import when run', 'src/base/a.ts', "const x = await import('../state/b.ts')", 'imports upwards: src/state/b.ts'],
    ['an import for its effect', 'src/base/a.ts', "import '../state/b.ts'", 'imports upwards: src/state/b.ts'],
    ['a neighbour', 'src/kafka/a.ts', "import { x } from '../redis/b.ts'", 'imports its neighbour src/redis/b.ts'],
    ['the runtime knowing Kafka', 'src/runtime/a.ts', "import { x } from '../kafka/b.ts'", 'imports its neighbour src/kafka/b.ts'],
    ['errors knowing anything', 'src/errors.ts', "import { x } from './base/b.ts'", 'imports upwards: src/base/b.ts'],
    ['the embedded broker seeing the topology', 'src/embedded/kafka/a.ts', "import { x } from '../../topology/b.ts'", 'imports src/topology/b.ts, which src/embedded must not see'],
    ['a door used from inside', 'src/cli/a.ts', "import { x } from '../kafka/index.ts'", 'imports the door src/kafka/index.ts from inside'],
    ['an import without its extension', 'src/cli/a.ts', "import { x } from '../kafka/b'", 'imports ../kafka/b without .ts'],
    ['kafkajs elsewhere', 'src/kafka/a.ts', "import { Kafka } from 'kafkajs'", 'imports kafkajs'],
    ['the insides of kafkajs elsewhere', 'src/runtime/a.ts', "import x from 'kafkajs/src/cluster/index.js'", 'imports kafkajs/src/cluster/index.js'],
    ['ioredis elsewhere', 'src/redis/a.ts', "import { Redis } from 'ioredis'", 'imports ioredis'],
    ['threads elsewhere', 'src/runtime/a.ts', "import { Worker } from 'node:worker_threads'", 'imports node:worker_threads'],
    ['timers as promises', 'src/runtime/a.ts', "import { scheduler } from 'node:timers/promises'", 'imports node:timers/promises'],
    ['the time read', 'src/runtime/a.ts', 'const now = Date.now()', 'uses time or timers without a clock'],
    ['a timer set', 'src/redis/a.ts', 'setTimeout(() => {}, 1)', 'uses time or timers without a clock'],
    ['a measurement', 'src/redis/a.ts', 'const start = performance.now() // http://x', 'uses time or timers without a clock'],
    ['a package nobody declared', 'src/cli/a.ts', "import x from 'left-pad'", 'imports left-pad, which is no dependency'],
    ['a topology looking inside', 'topologies/a.ts', "import { x } from '../src/topology/b.ts'", 'imports ../src/topology/b.ts, which is no public door'],
    ['a topology at a closed door', 'topologies/a.ts', "import { x } from 'millrace/runtime'", 'imports millrace/runtime, which is no public door'],
    ['an export of everything', 'src/base/a.ts', "export * from './b.ts'", 'exports by *'],
    ['a folder for anything', 'src/base/utils/a.ts', '', 'utils names nothing'],
    ['a file for anything', 'src/base/helpers.ts', '', 'helpers names nothing'],
    ['an I in front', 'src/base/a.ts', 'export interface IClock {}', 'an interface has an I in front'],
    ['a folder without a row', 'src/extras/a.ts', '', 'its folder has no row'],
    ['something left to do', 'src/base/a.ts', '// FIXME later', 'is unfinished or switches a check off'],
    ['a door the package does not have', 'src/rx/index.ts', '', 'is no door of the package'],
  ]
  const index = ['src/index.ts', ''] as const

  test.each(broken)('%s', (_, file, text, fault) => {
    expect(violations(new Map([index, [file, text]]), doors)).toEqual([`${file}: ${fault}`])
  })

  test('a door that leads nowhere', () => {
    expect(violations(new Map(), doors)).toEqual(['package.json: . leads to ./src/index.ts, which is not there'])
  })

  test('a door built somewhere else', () => {
    const moved = { ...doors, exports: { '.': { source: './src/index.ts', types: './dist/index.d.ts', default: './dist/main.js' } } }
    expect(violations(new Map([index]), moved)).toEqual(['package.json: . is built somewhere else'])
  })

  test('and what only looks like it is not', () => {
    const text = [
      "// import { x } from '../topology/b.ts'",
      "/** new Date(), setTimeout(…), export * from './b.ts' */",
      "const text = 'setTimeout // Date'",
      "import { bucket } from './hash.ts'",
      "import { pino } from 'pino'",
      "import { readFileSync } from 'node:fs'",
      "import { MillraceError } from '../errors.ts'",
    ].join('\n')
    expect(violations(new Map([index, ['src/base/a.ts', text]]), doors)).toEqual([])
  })
})
