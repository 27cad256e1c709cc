#!/usr/bin/env node
// Must load on any Node, to say which one is needed: everything newer sits behind the import below.
import { nodeTooOld } from './node-version.ts'

const refusal = nodeTooOld(process.versions.node)
if (refusal === undefined) {
  const { main } = await import('./main.ts')
  await main()
} else {
  process.stderr.write(`${refusal}\n`)
  process.exitCode = 2
}
