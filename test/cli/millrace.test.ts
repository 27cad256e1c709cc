import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { nodeTooOld } from '../../src/cli/node-version.ts'

const entry = fileURLToPath(new URL('../../src/cli/millrace.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'millrace-'))
const canary = 'CANARY-4711'

afterAll(() => rmSync(folder, { recursive: true }))

function millrace(args: readonly string[], env: Readonly<Record<string, string>> = {}, nodeArgs: readonly string[] = []) {
  const { MILLRACE_BROKERS: _, MILLRACE_REDIS: __, ...inherited } = process.env
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--conditions=source', ...nodeArgs, entry, ...args], { encoding: 'utf8', env: { ...inherited, ...env }, cwd: folder })
  return { status, stdout, stderr }
}

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text)
  return name
}

describe('millrace', () => {
  it('shows its commands when none is given, and ends with 2', () => {
    const { status, stdout, stderr } = millrace([])
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(stderr).toMatch(/Usage: millrace .*run .*describe /s)
  })

  it.each([[['--help'], 'describe'], [['run', '--help'], 'MILLRACE_BROKERS'], [['--version'], '.']])('answers %j and ends with 0', (args, shown) => {
    const { status, stdout, stderr } = millrace(args)
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toContain(shown)
  })

  it.each([
    [['walk'], "unknown command 'walk'", 'millrace --help'],
    [['run'], "missing required argument 'file'", 'millrace run --help'],
    [['run', 'x.ts', '--brocker', 'a:1'], "unknown option '--brocker'", 'millrace run --help'],
    [['run', 'x.ts', '--log-level', 'loud'], 'loud', 'debug'],
    [['run', 'x.ts', '--guarantee', 'never'], 'never', 'at-most-once'],
    [['run', 'x.ts', '--workers', '0'], '"0"', 'whole number'],
    [['run', 'x.ts', '--seek', 'a/0=1,b'], '"b" is not topic/partition=offset', '--seek sentences/0=9720'],
    [['run', 'x.ts', '--from', 'soon'], '"soon"', 'earliest'],
    [['describe', 'x.ts', '--json', '--mermaid'], '--mermaid', 'millrace describe --help'],
  ])('refuses %j with what is wrong and what helps, and ends with 2', (args, fault, remedy) => {
    const { status, stdout, stderr } = millrace(args)
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(stderr).toMatch(/^MR_OPTIONS_INVALID: /)
    expect(stderr).toContain(fault)
    expect(stderr).toContain(remedy)
  })

  it('refuses with one JSON object on standard output under --json', () => {
    const { status, stdout, stderr } = millrace(['run', 'x.ts', '--json', '--seek', 'b'])
    expect({ status, stderr }).toEqual({ status: 2, stderr: '' })
    expect(stdout.indexOf('\n')).toBe(stdout.length - 1)
    expect(JSON.parse(stdout)).toMatchObject({ type: 'error', code: 'MR_OPTIONS_INVALID', exitCode: 2 })
  })

  it.each([['run'], ['describe']])('names the file that %s cannot find, and ends with 3', (command) => {
    const { status, stdout, stderr } = millrace([command, 'none.ts'])
    expect({ status, stdout }).toEqual({ status: 3, stdout: '' })
    expect(stderr).toMatch(/^MR_TOPOLOGY_FILE: /)
    expect(stderr).toContain(join(folder, 'none.ts'))
  })

  it('never shows the password of a URL it refuses', () => {
    const name = file('empty.ts', '')
    for (const url of [`http://:${canary}@host`, `redis://:${canary}/@host`, canary]) {
      for (const json of [[], ['--json']]) {
        const { status, stdout, stderr } = millrace(['run', name, ...json], { MILLRACE_REDIS: url })
        expect(status).toBe(2)
        expect(stdout + stderr).not.toContain(canary)
        expect(stdout + stderr).toContain('--redis')
      }
    }
  })

  it('lets a flag go before its variable', () => {
    const name = file('empty.ts', '')
    expect(millrace(['run', name, '--brokers', 'wrong'], { MILLRACE_BROKERS: 'a:1' }).stderr).toContain('brokers.0')
  })
})

describe('millrace on an older Node', () => {
  it('names the Node it needs in one line and ends with 2', () => {
    const older = `data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'18.20.0'}})`
    expect(millrace(['run', 'x.ts'], {}, ['--import', older])).toEqual({ status: 2, stdout: '', stderr: 'millrace needs Node 22.18 or newer; this is Node 18.20.0.\n' })
  })

  it('is understood by every older Node on the path of this machine', () => {
    for (const name of ['millrace', 'node-version']) {
      const source = readFileSync(new URL(`../../src/cli/${name}.ts`, import.meta.url), 'utf8')
      file(`${name}.mjs`, stripTypeScriptTypes(source).replaceAll(/(from '.*)\.ts'/g, "$1.mjs'"))
    }
    for (const node of (process.env['PATH'] ?? '').split(delimiter).map((path) => join(path, 'node'))) {
      const version = spawnSync(node, ['-p', 'process.versions.node'], { encoding: 'utf8' }).stdout?.trim() ?? ''
      const refusal = /^\d+\.\d+\.\d+$/.test(version) ? nodeTooOld(version) : undefined
      if (refusal === undefined) continue
      const { status, stdout, stderr } = spawnSync(node, [join(folder, 'millrace.mjs')], { encoding: 'utf8' })
      expect({ status, stdout, stderr }).toEqual({ status: 2, stdout: '', stderr: `${refusal}\n` })
    }
  })
})

describe('millrace describe', () => {
  const topology = fileURLToPath(new URL('topologies/word-count.ts', import.meta.url))

  it('shows the components of a topology, without servers', () => {
    const { status, stdout, stderr } = millrace(['describe', topology])
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    for (const name of ['word-count', 'lines', 'split', 'count', 'fields']) expect(stdout).toContain(name)
    expect(stdout).toMatch(/^memory at most about \d+ MB beside Node's own, with \d+ workers?\n +\d+ MB  .+ \(.+\)$/m)
  })

  it('shows it as JSON and as a flowchart', () => {
    const description = JSON.parse(millrace(['describe', topology, '--json']).stdout) as { name: string; components: { id: string }[] }
    expect(description.name).toBe('word-count')
    expect(description.components.map(({ id }) => id)).toEqual(['lines', 'split', 'count'])
    expect(millrace(['describe', topology, '--mermaid']).stdout).toMatch(/^flowchart /)
  })

  it.each([
    ['throws', 'throw new Error("on purpose")', 'on purpose'],
    ['cannot be parsed', 'const', 'broken.ts'],
    ['imports what does not exist', 'import "./nothing.ts"', 'nothing.ts'],
    ['exports no topology', 'export default 1', 'default'],
  ])('ends with 3 and says why when the file %s', (_, text, shown) => {
    const { status, stdout, stderr } = millrace(['describe', file('broken.ts', text)])
    expect({ status, stdout }).toEqual({ status: 3, stdout: '' })
    expect(stderr).toMatch(/^MR_TOPOLOGY_FILE: /)
    expect(stderr).toContain(shown)
  })
})
