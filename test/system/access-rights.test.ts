import kafkajs from 'kafkajs'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startKafka } from '../support/kafka-server.ts'
import type { KafkaServer } from '../support/kafka-server.ts'
import { killSources, startMember } from '../support/members.ts'
import { createTopic } from '../support/topics.ts'

afterEach(killSources)

describe('a Kafka with access rights', () => {
  let kafka: KafkaServer

  beforeAll(async () => {
    kafka = await startKafka({ config: { 'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer', 'allow.everyone.if.no.acl.found': 'true' } })
    await createTopic(kafka.brokers, 'secret', 1)
    await createTopic(kafka.brokers, 'open', 1)
    // what has rights for somebody has none for others
    const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs
    const admin = new kafkajs.Kafka({ brokers: kafka.brokers, logLevel: kafkajs.logLevel.NOTHING }).admin()
    const right = { host: '*', operation: AclOperationTypes.READ, permissionType: AclPermissionTypes.ALLOW, principal: 'User:somebody', resourcePatternType: ResourcePatternTypes.LITERAL }
    await admin.createAcls({ acl: [
      { ...right, resourceType: AclResourceTypes.TOPIC, resourceName: 'secret' },
      { ...right, resourceType: AclResourceTypes.GROUP, resourceName: 'topology-open' },
    ] })
    await admin.disconnect()
  })

  afterAll(async () => {
    await kafka.stop()
  })

  test.for([['secret', '--operation Describe --topic secret'], ['open', '--operation Read --group topology-open']] as const)('names the right that is lacking to read %s', async ([topic, right]) => {
    const source = startMember(kafka.brokers, topic, 'a')
    const event = await source.next(({ event }) => event === 'failed', 0)
    expect(event.code).toBe('MR_KAFKA_AUTHORIZATION')
    expect(event.remedy).toContain(right)
  })
})
