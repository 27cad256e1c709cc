import { bolt, defineTopology } from 'millrace'
import { kafkaSpout } from 'millrace/kafka'
import { settings, givingUp } from './settings.ts'
import { asView, setViewSinks, viewFields } from './view-results.ts'

export default defineTopology(settings.name, (builder) => {
  const records = builder.setSpout('records', kafkaSpout({ topic: settings.topic, value: 'utf8', fetch: settings.fetch }), givingUp)
  const views = builder.setBolt('read', bolt(viewFields, (tuple: { value: string }, out) => out.emit(asView(JSON.parse(tuple.value)))), givingUp).shuffleGrouping(records)
  setViewSinks(builder, views)
})
