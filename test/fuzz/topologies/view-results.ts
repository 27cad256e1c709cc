import { bolt, type StreamHandle, type TopologyBuilder } from 'millrace'
import { redisCounter, redisMax } from 'millrace/redis'
import { givingUp } from './settings.ts'

export interface View {
  readonly page: string
  readonly visitor: string
  readonly at: number
}

/** A view as a function reads it: exactly what `pickJson` would take. */
export function asView(value: unknown): View {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TypeError('no object')
  const own = (name: string): unknown => (Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined)
  const [page, visitor, at] = [own('page'), own('visitor'), own('at')]
  if (typeof page !== 'string' || typeof visitor !== 'string' || typeof at !== 'number') throw new TypeError('no view')
  return { page, visitor, at }
}

export const viewFields = { page: 'string', visitor: 'string', at: 'number' } as const

/** Counts and keeps what was read, half of it after it has crossed to another worker. */
export function setViewSinks(builder: TopologyBuilder, views: StreamHandle<View>): void {
  const passOn = bolt(viewFields, (tuple: View, out) => out.emit(tuple))
  const crossed = builder.setBolt('cross', passOn, givingUp).fieldsGrouping(views, 'page')
  builder.setBolt('pages', redisCounter({ key: 'pages', field: 'page' }), givingUp).fieldsGrouping(crossed, 'page')
  builder.setBolt('visitors', redisCounter({ key: 'visitors', field: 'visitor' }), givingUp).fieldsGrouping(views, 'visitor')
  builder.setBolt('times', redisCounter({ key: 'times', field: 'at' }), givingUp).fieldsGrouping(crossed, 'at')
  builder.setBolt('latest', redisMax({ key: 'latest', field: 'page', value: 'at' }), givingUp).fieldsGrouping(views, 'page')
}
