import { defineConfig } from 'rolldown'

/**
 * What must start in no time is folded over the modules that tsc wrote: the broker's own command and the thread of an embedded server.
 * Nothing else of this package runs in those, so no class exists twice. Packages stay outside.
 */
export default defineConfig({
  input: { 'cli/broker-main': 'src/cli/broker-main.ts', 'embedded/thread/entry': 'src/embedded/thread/entry.ts' },
  platform: 'node',
  external: /^[^./]/,
  // As deep as `cli`, whose modules look for package.json two folders up.
  output: { dir: 'dist', chunkFileNames: 'folded/[name].js' },
})
