import { bolt, defineTopology } from 'millrace'
import { kafkaSpout } from 'millrace/kafka'
import { settings, skipping } from './settings.ts'
import { asView, setViewSinks, viewFields } from './view-results.ts'

export default defineTopology(settings.name, (builder) => {
  const records = builder.setSpout('records', kafkaSpout({ topic: settings.topic, value: 'utf8', fetch: settings.fetch }), skipping)
  const views = builder.setBolt('read', bolt(viewFields, (tuple: { value: string }, out) => out.emit(asView(JSON.parse(tuple.value)))), skipping).shuffleGrouping(records)
  setViewSinks(builder, views)
})
