import { expect, test } from 'vitest'
import { ManualClock } from '../../../../src/base/manual-clock.ts'
import { Alarm } from '../../../../src/embedded/kafka/group/alarm.ts'

async function turns(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise(setImmediate)
}

function setUp() {
  const clock = new ManualClock()
  const rings: number[] = []
  const alarm = new Alarm(clock, () => void rings.push(clock.monotonic()))
  return { clock, rings, alarm }
}

test('an alarm rings at its time, after the sockets were read once more', async () => {
  const { clock, rings, alarm } = setUp()
  alarm.ringBy(500)
  clock.advance(499)
  await turns()
  expect(rings).toEqual([])
  clock.advance(1)
  expect(rings).toEqual([])
  await turns()
  expect(rings).toEqual([500])
})

test('an alarm that is set to several times rings at the first of them, once', async () => {
  const { clock, rings, alarm } = setUp()
  alarm.ringBy(500)
  alarm.ringBy(300)
  alarm.ringBy(700)
  clock.advance(300)
  await turns()
  clock.advance(1000)
  await turns()
  expect(rings).toEqual([300])
})

test('an alarm whose tick comes late waits as long as it was late before it rings, but not above a second', async () => {
  const { clock, rings, alarm } = setUp()
  alarm.ringBy(500)
  clock.pass(900)
  clock.advance(0)
  await turns()
  clock.advance(399)
  await turns()
  expect(rings).toEqual([])
  clock.advance(1)
  await turns()
  expect(rings).toEqual([1300])
  alarm.ringBy(2000)
  clock.pass(60_000)
  clock.advance(1000)
  await turns()
  expect(rings).toEqual([1300, 62_300])
})

test('an alarm that is closed stays silent, also between its tick and its ring', async () => {
  const { clock, rings, alarm } = setUp()
  alarm.ringBy(500)
  clock.advance(500)
  alarm.close()
  alarm.ringBy(600)
  clock.advance(500)
  await turns()
  expect(rings).toEqual([])
})
