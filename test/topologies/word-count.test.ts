import { expect, test } from 'vitest'
import { TopologyDriver } from '../../src/testing/topology-driver.ts'
import wordCount from '../../topologies/word-count.ts'
import { countWords, hostileSentences } from '../support/data/sentences.ts'

test('counts every word of every sentence', async () => {
  const sentences = [...hostileSentences(500)]
  const half = sentences.length / 2
  const feed = [sentences.slice(0, half), sentences.slice(half), []].map((texts) => texts.map((value) => ({ value })))
  const driver = await TopologyDriver.start(wordCount, { feeds: { sentences: feed } })
  await driver.run()
  expect(driver.store.hash('words')).toEqual(new Map([...countWords(sentences)].map(([word, count]) => [word, String(count)])))
})
