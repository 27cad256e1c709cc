const longestName = 249

/** Why Kafka allows no topic of this name, or undefined. */
export function topicNameFault(name: string): string | undefined {
  if (name === '') return 'Topic name is invalid: the empty string is not allowed'
  if (name === '.' || name === '..') return `Topic name is invalid: '.' or '..' is not allowed`
  if (name.length > longestName) return `Topic name is invalid: the length of '${name.slice(0, 32)}…' is longer than the max allowed length ${longestName}`
  if (!/^[a-zA-Z0-9._-]+$/.test(name)) return `Topic name is invalid: '${name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'`
  return undefined
}

/** Two names with the same answer are told apart by `.` and `_` alone, which Kafka does not allow side by side. */
export function nameInMetrics(name: string): string {
  return name.replaceAll('.', '_')
}
