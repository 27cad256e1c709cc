/** What the fuzzer tells its topologies through the environment. Whatever goes wrong with a record is given up at once. */
export const settings = {
  name: process.env['FUZZ_NAME']!,
  topic: process.env['FUZZ_TOPIC']!,
  fetch: { maxRecordBytes: Number(process.env['FUZZ_MAX_RECORD_BYTES']) },
} as const

export const givingUp = { onError: process.env['FUZZ_POLICY'] === 'dead-letter' ? 'dead-letter' : 'skip', retries: 0 } as const
