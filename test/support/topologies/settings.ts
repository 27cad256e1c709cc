/** What a test tells its topology through the environment, which all threads see alike. */
export const settings = {
  name: required('TEST_NAME'),
  topic: required('TEST_TOPIC'),
  key: required('TEST_KEY'),
  onError: (process.env['TEST_ON_ERROR'] ?? 'stop') as 'stop' | 'skip' | 'dead-letter',
  /** Of components behind the first bolt; else as above. */
  laterOnError: (process.env['TEST_LATER_ON_ERROR'] ?? process.env['TEST_ON_ERROR'] ?? 'stop') as 'stop' | 'skip' | 'dead-letter',
  /** A file that remembers, over restarts, that something has happened once. */
  flag: process.env['TEST_FLAG'] ?? '',
} as const

function required(name: string): string {
  const value = process.env[name]
  if (value === undefined) throw new Error(`${name} is not set`)
  return value
}
