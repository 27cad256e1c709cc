import { bolt, defineTopology } from 'millrace'
import { kafkaSpout } from 'millrace/kafka'
import { settings, givingUp } from './settings.ts'
import { asView, setViewSinks, viewFields } from './view-results.ts'

export default defineTopology(settings.name, (builder) => {
  const records = builder.setSpout('records', kafkaSpout({ topic: settings.topic, value: 'json', fetch: settings.fetch }), givingUp)
  const views = builder.setBolt('read', bolt(viewFields, (tuple: { value: unknown }, out) => out.emit(asView(tuple.value))), givingUp).shuffleGrouping(records)
  setViewSinks(builder, views)
})
