import { defineConfig } from 'vitest/config'

const source = { resolve: { conditions: ['source'] }, ssr: { resolve: { conditions: ['source'] } } }

export default defineConfig({
  test: {
    projects: [
      { ...source, test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: ['test/system/**', 'test/job/**', 'test/bench/**'], testTimeout: 20_000 } },
      { ...source, test: { name: 'own', include: ['test/job/**/*.test.ts'], env: { MILLRACE_TEST_SERVERS: 'own' }, globalSetup: ['test/support/servers.setup.ts'], testTimeout: 180_000, hookTimeout: 120_000, fileParallelism: false } },
      { ...source, test: { name: 'system', include: ['test/system/**/*.test.ts', 'test/job/**/*.test.ts'], globalSetup: ['test/support/servers.setup.ts'], testTimeout: 180_000, hookTimeout: 120_000, fileParallelism: false } },
    ],
  },
})
