import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
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

  it('has a broker, alone and in a thread, and a Redis', async () => {
    writeFileSync(join(project, 'servers.ts'), `
      import { execFileSync } from 'node:child_process'
      import { kafkaProducer } from 'millrace/kafka'
      import { startEmbeddedKafka, startEmbeddedRedis } from 'millrace/embedded'
      const redis = await startEmbeddedRedis({ use: 'own' })
      const kafka = await startEmbeddedKafka({ dataDir: 'kept' })
      const brokers = [kafka.address]
      execFileSync('npx', ['--no-install', 'millrace', 'topics', 'create', 'lines', '--brokers', kafka.address])
      const producer = await kafkaProducer({ brokers })
      await producer.send({ topic: 'lines', value: 'kept over the restart' })
      await producer.close()
      await kafka.close()
      await redis.close()
      console.log(kafka.address, redis.description)
    `)
    const { stdout } = await run('node', ['servers.ts'], { cwd: project })
    expect(stdout).toMatch(/^127\.0\.0\.1:\d+ /)

    const broker = spawn('node', ['node_modules/.bin/millrace', 'broker', '--port', '0', '--data-dir', 'kept'], { cwd: project, stdio: ['ignore', 'pipe', 'ignore'] })
    try {
      const [started] = await once(broker.stdout, 'data') as [Buffer]
      const address = /on (127\.0\.0\.1:\d+)/.exec(started.toString())![1]!
      const consumed = await run('npx', ['--no-install', 'millrace', 'consume', 'lines', '--from-beginning', '--max', '1', '--brokers', address], { cwd: project })
      expect(consumed.stdout).toBe('kept over the restart\n')
      broker.kill('SIGTERM')
      expect(await once(broker, 'exit')).toEqual([0, null])
    } finally {
      broker.kill('SIGKILL')
    }
  })
})
