/**
 * Compiled by `npm run types`, never run: every line under `@ts-expect-error` must be refused by the
 * compiler, everything else must be accepted.
 */
import { bolt, spout, type TopologyBuilder } from 'millrace'
import { filterEquals, lookup, pickJson, splitText, tumblingCount } from 'millrace/bolts'
import { redisCounter } from 'millrace/redis'

const events = spout({ text: 'string', kind: 'string', size: 'number', ok: 'boolean' }, function* () {
  yield undefined
})

export function accepted(builder: TopologyBuilder): void {
  const source = builder.setSpout('events', events)
  const words = builder.setBolt('words', splitText({ field: 'text', as: 'word' })).shuffleGrouping(source)
  builder.setBolt('count', redisCounter({ key: 'words', field: 'word' })).fieldsGrouping(words, 'word')
  const picked = builder.setBolt('picked', pickJson({ field: 'text', fields: { user: 'string', at: 'number', paid: 'boolean' } })).shuffleGrouping(source)
  const paid = builder.setBolt('paid', filterEquals({ field: 'paid', value: true, keep: { user: 'string', at: 'number' } })).shuffleGrouping(picked)
  const joined = builder.setBolt('joined', lookup({ field: 'user', as: 'country', from: () => new Map([['ann', 'NO']]), keep: { at: 'number' } })).shuffleGrouping(paid)
  const windows = builder.setBolt('windows', tumblingCount({ by: 'country', time: 'at', sizeMs: 1000 })).shuffleGrouping(joined)
  builder.setBolt('print', bolt({}, (_tuple: { country: string; start: number; count: number }) => {})).shuffleGrouping(windows)
}

export function refused(builder: TopologyBuilder): void {
  const source = builder.setSpout('events', events)
  // @ts-expect-error misspelt
  builder.setBolt('a', splitText({ field: 'txet', as: 'word' })).shuffleGrouping(source)
  // @ts-expect-error a number is no text
  builder.setBolt('b', splitText({ field: 'size', as: 'word' })).shuffleGrouping(source)
  const words = builder.setBolt('words', splitText({ field: 'text', as: 'word' })).shuffleGrouping(source)
  // @ts-expect-error the pieces are called `word`
  builder.setBolt('c', redisCounter({ key: 'words', field: 'text' })).shuffleGrouping(words)
  // @ts-expect-error no such type
  pickJson({ field: 'text', fields: { user: 'text' } })
  const picked = builder.setBolt('picked', pickJson({ field: 'text', fields: { user: 'string', at: 'number' } })).shuffleGrouping(source)
  // @ts-expect-error the member was not picked
  builder.setBolt('d', splitText({ field: 'name', as: 'word' })).shuffleGrouping(picked)
  // @ts-expect-error `at` holds numbers
  builder.setBolt('e', filterEquals({ field: 'at', value: '7', keep: { user: 'string' } })).shuffleGrouping(picked)
  // @ts-expect-error what is kept must be there
  builder.setBolt('f', filterEquals({ field: 'at', value: 7, keep: { country: 'string' } })).shuffleGrouping(picked)
  // @ts-expect-error a key is text
  builder.setBolt('g', lookup({ field: 'at', as: 'x', from: () => new Map<string, string>(), keep: {} })).shuffleGrouping(picked)
  // @ts-expect-error the time is a number, or one as text
  builder.setBolt('h', tumblingCount({ by: 'text', time: 'ok', sizeMs: 1 })).shuffleGrouping(source)
}
