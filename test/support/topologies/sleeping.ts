import { existsSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { bolt, defineTopology } from 'millrace'
import { kafkaSpout } from 'millrace/kafka'
import { redisCounter } from 'millrace/redis'
import { settings } from './settings.ts'

/** The word count whose bolt takes long for every tuple until a file is there: by doing nothing else, or by waiting. */
const sleepMs = 20
let awake = false

function isAwake(): boolean {
  awake ||= existsSync(settings.flag)
  return awake
}

const busy = bolt({ word: 'string' }, (tuple: { value: string }, out) => {
  if (!isAwake()) for (const until = performance.now() + sleepMs; performance.now() < until;);
  for (const word of tuple.value.split(' ')) if (word !== '') out.emit({ word })
})

const waiting = bolt({ word: 'string' }, async (tuple: { value: string }, out) => {
  if (!isAwake()) await delay(sleepMs)
  for (const word of tuple.value.split(' ')) if (word !== '') out.emit({ word })
})

export default defineTopology(settings.name, (builder) => {
  const lines = builder.setSpout('lines', kafkaSpout({ topic: settings.topic, value: 'utf8' }))
  const words = builder.setBolt('split', process.env['TEST_SLEEP'] === 'busy' ? busy : waiting).shuffleGrouping(lines)
  builder.setBolt('count', redisCounter({ key: settings.key, field: 'word' })).fieldsGrouping(words, 'word')
})
