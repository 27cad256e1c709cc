import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const common = { resolve: { conditions: ['source'] }, ssr: { resolve: { conditions: ['source'] } } }
/** The many processes that tests start find the sources compiled. */
const env = { NODE_COMPILE_CACHE: fileURLToPath(new URL('node_modules/.cache/millrace-node', import.meta.url)) }
/** These wait for servers more than they compute, and none touches what is another's. */
const withServers = { globalSetup: ['test/support/servers.setup.ts'], testTimeout: 180_000, hookTimeout: 120_000, maxWorkers: 2 }

/** Standstills take their time; once, on real servers, is enough. */
const forMinutes = 'test/job/backpressure.test.ts'

export default defineConfig({
  test: {
    projects: [
      { ...common, test: { name: 'unit', env, include: ['test/**/*.test.ts'], exclude: ['test/system/**', 'test/job/**', 'test/simulation/**'], testTimeout: 20_000 } },
      { ...common, test: { name: 'own', env: { ...env, MILLRACE_TEST_SERVERS: 'own' }, include: ['test/job/**/*.test.ts', 'test/simulation/**/*.test.ts'], exclude: [forMinutes], ...withServers, sequence: { groupOrder: 1 } } },
      { ...common, test: { name: 'system', env, include: ['test/system/**/*.test.ts', 'test/job/**/*.test.ts'], ...withServers, sequence: { groupOrder: 1 } } },
    ],
  },
})
