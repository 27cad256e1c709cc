/** Everywhere outside the requests a partition goes by its name, `topic/partition`; a topic has no slash. */
export function partitionName(topic: string, partition: number): string {
  return `${topic}/${partition}`
}

export function splitPartition(name: string): { readonly topic: string; readonly partition: number } {
  const slash = name.lastIndexOf('/')
  return { topic: name.slice(0, slash), partition: Number(name.slice(slash + 1)) }
}

/** Topic → partition numbers, as requests want them. */
export function byTopic(names: readonly string[]): Map<string, number[]> {
  const topics = new Map<string, number[]>()
  for (const name of names) {
    const { topic, partition } = splitPartition(name)
    const partitions = topics.get(topic)
    if (partitions === undefined) topics.set(topic, [partition])
    else partitions.push(partition)
  }
  return topics
}
