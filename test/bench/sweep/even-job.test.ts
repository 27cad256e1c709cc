import type { Redis } from 'ioredis'
import { expect, it } from 'vitest'
import { countWords } from '../../support/data/sentences.ts'
import { evenJob } from './even-job.ts'
import { evenTexts } from './even-words.ts'

const shape = { records: 200, wordsPerRecord: 5, words: 100 }
const job = evenJob(shape, 4)

/** A Redis whose only hash is this one, told in two portions, some of it twice. */
function redisWith(counts: ReadonlyMap<string, number>): Redis {
  const fields = [...counts].map(([word, count]) => [word, String(count)])
  const hscan = (_key: string, cursor: string): Promise<[string, string[]]> => Promise.resolve(cursor === '0' ? ['7', fields.slice(0, 60).flat()] : ['0', fields.slice(50).flat()])
  return { hscan } as unknown as Redis
}

function right(): Map<string, number> {
  return countWords(evenTexts(shape)).set('the-end', 4)
}

it('finds nothing wrong with the right counts', async () => {
  expect(await job.faults(redisWith(right()))).toEqual([])
})

it('finds a count that is off, a word that is missing and one that never occurred', async () => {
  const [first, second] = [...right().keys()] as [string, string]
  expect(await job.faults(redisWith(right().set(first, 1000)))).toEqual([expect.stringMatching(`${first}: 1000 instead of`)])
  const less = right()
  less.delete(second)
  expect(await job.faults(redisWith(less))).toEqual(['1 words are missing'])
  expect(await job.faults(redisWith(right().set('zzzzz', 2)))).toEqual(['zzzzz: 2, which never occurred'])
})
