import { afterEach, describe, expect, it } from 'vitest'
import { countWords, hostileSentences } from '../support/data/sentences.ts'
import { load } from '../support/load.ts'
import { killLeftovers } from '../support/millrace-process.ts'
import { scenario } from '../support/scenario.ts'

describe.each(['word-count', 'word-count-bolts'])('a topology like %s', (topology) => {
  afterEach(killLeftovers)

  it('is exact for every word, hostile ones among them', async () => {
    const { brokers, topic, catchUp, wrongCounts } = await scenario({ topology, partitions: 8 })
    const sentences = [...hostileSentences(50_000)]
    await load(brokers, topic, sentences)

    expect(await catchUp()).toMatchObject({ code: 0, stderr: '' })
    expect(await wrongCounts(countWords(sentences))).toEqual([])
  })

  it('goes on where the last run has ended, with any number of workers', async () => {
    const { brokers, topic, catchUp, wrongCounts } = await scenario({ topology })
    const sentences: string[] = []
    for (const workers of [2, 1, 3]) {
      const more = [...hostileSentences(5000, workers)]
      sentences.push(...more)
      await load(brokers, topic, more)
      expect(await catchUp(['--workers', String(workers)])).toMatchObject({ code: 0 })
      expect(await wrongCounts(countWords(sentences))).toEqual([])
    }
  })

  it('ends at once on a topic that holds nothing', async () => {
    const { catchUp, wrongCounts } = await scenario({ topology })

    expect(await catchUp()).toMatchObject({ code: 0 })
    expect(await wrongCounts(new Map())).toEqual([])
  })

  it('begins at the offsets asked for, partition by partition', async () => {
    const { brokers, topic, catchUp, wrongCounts } = await scenario({ topology, partitions: 2 })
    const sentences = [...hostileSentences(2000)]
    await load(brokers, topic, sentences)

    expect(await catchUp(['--seek', `${topic}/0=972,${topic}/1=956`])).toMatchObject({ code: 0 })
    const chosen = sentences.filter((_, index) => Math.floor(index / 2) >= (index % 2 === 0 ? 972 : 956))
    expect(await wrongCounts(countWords(chosen))).toEqual([])
  })
})
