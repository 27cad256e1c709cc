import { expect, test } from 'vitest'
import { silentLogger } from '../../src/base/logger.ts'
import { borrowCluster } from '../../src/kafka/shared-cluster.ts'
import { freePort } from '../support/free-port.ts'

test('a cluster is lent while no broker answers, for the borrower to try again', async () => {
  const settings = { brokers: [`127.0.0.1:${await freePort()}`], connectionTimeoutMs: 200 }
  const first = borrowCluster(settings, silentLogger)
  const second = borrowCluster(settings, silentLogger)
  expect(second.cluster).toBe(first.cluster)
  await expect(first.cluster.refreshMetadata(['lines'])).rejects.toMatchObject({ name: 'KafkaFailure', retriable: true })
  first.release()
  second.release()
})
