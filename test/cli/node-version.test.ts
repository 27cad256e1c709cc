import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { nodeTooOld } from '../../src/cli/node-version.ts'

describe('the check of the Node version', () => {
  it.each(['22.18.0', '22.19.1', '23.0.0', '24.21.0', '100.0.0'])('lets %s pass', (version) => {
    expect(nodeTooOld(version)).toBeUndefined()
  })

  it.each(['22.17.9', '22.2.0', '20.20.2', '18.0.0', '8.10.0'])('answers %s with one line that names what is needed', (version) => {
    expect(nodeTooOld(version)).toBe(`millrace needs Node 22.18 or newer; this is Node ${version}.`)
  })

  it('asks for what package.json asks for', () => {
    const { engines } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { engines: { node: string } }
    const needed = engines.node.replace('>=', '')
    expect(nodeTooOld(`${needed}.0`)).toBeUndefined()
    expect(nodeTooOld('0.1.0')).toContain(`Node ${needed} or newer`)
  })
})
