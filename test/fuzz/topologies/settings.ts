/** What the fuzzer tells its topologies through the environment. Whatever goes wrong with a record is skipped at once. */
export const settings = {
  name: process.env['FUZZ_NAME']!,
  topic: process.env['FUZZ_TOPIC']!,
  fetch: { maxRecordBytes: Number(process.env['FUZZ_MAX_RECORD_BYTES']) },
} as const

export const skipping = { onError: 'skip', retries: 0 } as const
