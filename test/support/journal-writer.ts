import { systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/logger.ts'
import { Journal } from '../../src/embedded/journal/journal.ts'

/**
 * A process to be killed: counts up in a journal, several at a time, and says each number that was
 * acknowledged. The entries found at the start must be a run without gaps.
 */
const [file, filler] = process.argv.slice(2) as [string, string]
let last = 0
const journal = await Journal.open({
  file, sync: 'no', clock: systemClock, logger: silentLogger,
  replay(payload) {
    const number = Number(payload.toString().split(' ')[0])
    // A snapshot holds the last number alone; what was under way then comes again behind it.
    if (number > last + 1 && last !== 0) throw new Error(`${number} follows ${last}`)
    last = Math.max(last, number)
  },
  snapshot: () => [Buffer.from(`${last} ${filler}`)],
  compaction: () => ({ minBytes: 20_000, growthPercent: 100 }),
})
process.stdout.write(`found ${last}\n`)
let next = last
for (;;) {
  const numbers = Array.from({ length: 1 + (next % 7) }, () => ++next)
  await Promise.all(numbers.map((number) => journal.append(Buffer.from(`${number} ${filler}`)).then(() => {
    last = number
  })))
  process.stdout.write(`${last}\n`)
}
