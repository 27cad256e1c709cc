import { execFile } from 'node:child_process'
import { copyFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { countWords, hostileSentences } from '../support/data/sentences.ts'
import { load } from '../support/load.ts'
import { scenario } from '../support/scenario.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))

describe('the package as npm delivers it', () => {
  let project = ''
  beforeAll(async () => {
    project = mkdtempSync(join(tmpdir(), 'millrace-project-'))
    await run('npm', ['pack', '--silent', '--pack-destination', project], { cwd: root })
    const [tarball] = readdirSync(project)
    writeFileSync(join(project, 'package.json'), '{ "name": "a-project", "private": true, "type": "module" }')
    await run('npm', ['install', '--no-audit', '--no-fund', '--omit=dev', `./${tarball!}`], { cwd: project })
  })
  afterAll(() => rmSync(project, { recursive: true, force: true }))

  it('runs a topology written beside it', async () => {
    const { brokers, redisUrl, topic, key, wrongCounts } = await scenario()
    for (const file of ['word-count.ts', 'settings.ts']) copyFileSync(join(root, 'test/support/topologies', file), join(project, file))
    const sentences = [...hostileSentences(10_000)]
    await load(brokers, topic, sentences)

    // the variable that makes tests of this checkout read src must not reach it
    const env = { ...process.env, NODE_OPTIONS: '', TEST_NAME: topic, TEST_TOPIC: topic, TEST_KEY: key }
    await run('npx', ['--no-install', 'millrace', 'run', 'word-count.ts', '--brokers', brokers.join(','), '--redis', redisUrl, '--workers', '2', '--until-caught-up'], { cwd: project, env })
    expect(await wrongCounts(countWords(sentences))).toEqual([])
  })

  it('describes a topology without any server', async () => {
    writeFileSync(join(project, 'hello.ts'), `
      import { defineTopology } from 'millrace'
      import { kafkaSpout } from 'millrace/kafka'
      import { redisCounter } from 'millrace/redis'
      export default defineTopology('hello', (builder) => {
        const lines = builder.setSpout('lines', kafkaSpout({ topic: 'a', value: 'utf8' }))
        builder.setBolt('count', redisCounter({ key: 'b', field: 'value' })).fieldsGrouping(lines, 'value')
      })
    `)
    const { stdout } = await run('npx', ['--no-install', 'millrace', 'describe', 'hello.ts'], { cwd: project })
    expect(stdout).toContain('hello')
    expect(stdout).toContain('count')
  })
})
