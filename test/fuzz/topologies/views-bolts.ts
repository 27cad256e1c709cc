import { defineTopology } from 'millrace'
import { pickJson } from 'millrace/bolts'
import { kafkaSpout } from 'millrace/kafka'
import { settings, givingUp } from './settings.ts'
import { setViewSinks, viewFields } from './view-results.ts'

export default defineTopology(settings.name, (builder) => {
  const records = builder.setSpout('records', kafkaSpout({ topic: settings.topic, value: 'utf8', fetch: settings.fetch }), givingUp)
  const views = builder.setBolt('read', pickJson({ field: 'value', fields: viewFields }), givingUp).shuffleGrouping(records)
  setViewSinks(builder, views)
})
