#!/usr/bin/env node
// Must load on any Node, to say which one is needed: everything newer sits behind the import below.
import module from 'node:module'
import { nodeTooOld } from './node-version.ts'

const refusal = nodeTooOld(process.versions.node)
if (refusal === undefined) {
  module.enableCompileCache()
  const { main } = await (process.argv[2] === 'broker' ? import('./broker-main.ts') : import('./main.ts'))
  await main()
} else {
  process.stderr.write(`${refusal}\n`)
  process.exitCode = 2
}
