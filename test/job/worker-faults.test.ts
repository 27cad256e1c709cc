import { mkdtempSync, existsSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { countWords, hostileSentences } from '../support/data/sentences.ts'
import { load } from '../support/load.ts'
import { killLeftovers } from '../support/millrace-process.ts'
import { scenario } from '../support/scenario.ts'

describe('a worker thread that dies', () => {
  let dir = ''
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'millrace-flags-'))
  })
  afterAll(() => rmSync(dir, { recursive: true }))
  afterEach(killLeftovers)

  it.each([
    ['because user code ended it', 'worker-exits-once'],
    ['of an error that nobody caught', 'worker-throws-once'],
  ])('%s is replaced, and the counts are exact', async (_, topology) => {
    const { brokers, topic, catchUp, wrongCounts } = await scenario()
    const flag = join(dir, topology)
    const sentences = [...hostileSentences(60_000)]
    await load(brokers, topic, sentences)

    expect(await catchUp([], { topology, env: { TEST_FLAG: flag } })).toMatchObject({ code: 0 })
    expect(existsSync(flag), 'the worker did die').toBe(true)
    expect(await wrongCounts(countWords(sentences))).toEqual([])
  })
})
