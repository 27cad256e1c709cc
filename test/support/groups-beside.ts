import { Kafka, logLevel } from 'kafkajs'

/** The consumer groups of what was built beside the live results of a topology. */
export async function groupsBeside({ brokers, topic }: { readonly brokers: readonly string[]; readonly topic: string }): Promise<string[]> {
  const admin = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).admin()
  try {
    await admin.connect()
    return (await admin.listGroups()).groups.map(({ groupId }) => groupId).filter((group) => group.startsWith(`${topic}.`))
  } finally {
    await admin.disconnect()
  }
}
