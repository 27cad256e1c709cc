import { expect, test } from 'vitest'
import { TopologyDriver } from '../../src/testing/topology-driver.ts'
import pageViews from '../../topologies/page-views.ts'

test('counts views per page and per minute, and distinct visitors', async () => {
  // The driver's clock begins then; minutes of days long past would have expired.
  const start = Date.parse('2023-11-14T22:14:00Z')
  const views = [
    { page: '/', visitor: 'ann', at: start },
    { page: '/', visitor: 'bob', at: start + 59_999 },
    { page: '/', visitor: 'ann', at: start + 60_000 },
    { page: '/shop', visitor: 'ann', at: start + 61_000 },
  ]
  const driver = await TopologyDriver.start(pageViews, { feeds: { records: [views.map((value) => ({ value }))] } })
  await driver.run()
  const { store } = driver
  expect(store.hash('views')).toEqual(new Map([['/', '3'], ['/shop', '1']]))
  expect(store.hash('views:2023-11-14T22:14:00.000Z')).toEqual(new Map([['/', '2']]))
  expect(store.hash('views:2023-11-14T22:15:00.000Z')).toEqual(new Map([['/', '1'], ['/shop', '1']]))
  expect([store.hyperLogLog('visitors:/'), store.hyperLogLog('visitors:/shop')]).toEqual([2, 1])
  driver.clock.advance(25 * 60 * 60_000)
  expect(store.keys()).toEqual(['views', 'visitors:/', 'visitors:/shop'])
})
