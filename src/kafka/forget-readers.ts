import { sleep } from '../base/clock.ts'
import { asMillraceError } from '../errors.ts'
import type { ConnectorContext } from '../topology/connector.ts'
import { deleteGroup } from './admin/groups.ts'
import type { Administration } from './admin/administer.ts'
import { kafkaSettings } from './connection.ts'
import { openCluster } from './kafkajs-cluster.ts'
import { topologyGroup } from './group-identity.ts'

/** So long its last members may take to leave. */
const leavingMs = 5_000
const lookMs = 250

/** Deletes the consumer group of a generation that is over. Never rejects: a group that stays is a warning. */
export async function forgetReaders(context: ConnectorContext): Promise<void> {
  const { clock, log } = context
  const group = topologyGroup(context)
  try {
    const cluster = await openCluster(kafkaSettings(context.connections), log, 'tool')
    try {
      await deleteLeft({ cluster, clock, patienceMs: leavingMs }, group)
    } finally {
      cluster.disconnect()
    }
  } catch (thrown) {
    const { code, message } = asMillraceError(thrown, 'MR_INTERNAL')
    log.warn('a consumer group that is not needed any more was not deleted; millrace groups delete does it', { group, code, error: message })
  }
}

/** Once all members have left. */
async function deleteLeft(administration: Administration, group: string): Promise<void> {
  const { clock } = administration
  const until = clock.monotonic() + leavingMs
  for (;;) {
    try {
      await deleteGroup(administration, group)
      return
    } catch (thrown) {
      const { code } = asMillraceError(thrown, 'MR_INTERNAL')
      if (code === 'MR_KAFKA_GROUP_UNKNOWN') return
      if (code !== 'MR_KAFKA_GROUP_ACTIVE' || clock.monotonic() >= until) throw thrown
    }
    await sleep(clock, lookMs)
  }
}
