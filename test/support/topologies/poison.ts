import { existsSync, readFileSync } from 'node:fs'
import { bolt, defineTopology } from 'millrace'
import { kafkaSpout } from 'millrace/kafka'
import { redisCounter } from 'millrace/redis'
import { settings } from './settings.ts'

/** The word count in which some records fail: a line with TORN before it is split, the word BAD behind a thread hop. A file at the flag mends it: the bolt that it names, or both. */
const mended = (bolt: string) => settings.flag !== '' && existsSync(settings.flag) && ['', bolt].includes(readFileSync(settings.flag, 'utf8'))

const split = bolt({ word: 'string', from: 'string' }, (tuple: { value: string; topic: string; partition: number; offset: number; timestamp: number; key: Uint8Array | null; headers: Readonly<Record<string, string | null>> }, out) => {
  const words = tuple.value.split(' ')
  if (words.includes('TORN') && !mended('split')) throw new SyntaxError(`torn: ${tuple.value}`)
  const { topic, partition, offset, timestamp, key, headers } = tuple
  for (const word of words) if (word !== '') out.emit({ word, from: JSON.stringify([topic, partition, offset, timestamp, key === null ? null : Buffer.from(key).toString('hex'), headers]) })
})
const check = bolt({ word: 'string' }, (tuple: { word: string; from: string }, out) => {
  if (tuple.word === 'BAD' && !mended('check')) throw new RangeError('bad word')
  out.emit({ word: tuple.word === 'FROM' ? tuple.from : tuple.word })
})

const onError = { onError: settings.onError, retries: 1, retryBackoffMs: 1 } as const

export default defineTopology(settings.name, (builder) => {
  const lines = builder.setSpout('lines', kafkaSpout({ topic: settings.topic, value: 'utf8' }), { onError: settings.onError })
  const words = builder.setBolt('split', split, onError).shuffleGrouping(lines)
  const checked = builder.setBolt('check', check, { ...onError, onError: settings.laterOnError }).fieldsGrouping(words, 'word')
  builder.setBolt('count', redisCounter({ key: settings.key, field: 'word' })).shuffleGrouping(checked)
})
