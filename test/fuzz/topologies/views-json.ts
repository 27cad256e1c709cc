import { bolt, defineTopology } from 'millrace'
import { kafkaSpout } from 'millrace/kafka'
import { settings, skipping } from './settings.ts'
import { asView, setViewSinks, viewFields } from './view-results.ts'

export default defineTopology(settings.name, (builder) => {
  const records = builder.setSpout('records', kafkaSpout({ topic: settings.topic, value: 'json', fetch: settings.fetch }), skipping)
  const views = builder.setBolt('read', bolt(viewFields, (tuple: { value: unknown }, out) => out.emit(asView(tuple.value))), skipping).shuffleGrouping(records)
  setViewSinks(builder, views)
})
