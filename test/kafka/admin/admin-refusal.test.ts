import { describe, expect, test } from 'vitest'
import { throwAdminError } from '../../../src/kafka/admin/admin-refusal.ts'
import { KafkaFailure } from '../../../src/kafka/kafka-failure.ts'
import { errorCode } from '../../../src/wire/api/error-code.ts'
import type { ErrorCodeName } from '../../../src/wire/api/error-code.ts'

function thrown(error: ErrorCodeName, brokerMessage: string | null = null): unknown {
  try {
    throwAdminError(errorCode[error], 'topic lines cannot be created', 'kafka:9092', brokerMessage)
  } catch (error) {
    return error
  }
  return undefined
}

describe("a broker's refusal", () => {
  test('is none when all is well', () => {
    expect(thrown('NONE')).toBeUndefined()
  })

  test.each<[ErrorCodeName, string]>([
    ['TOPIC_ALREADY_EXISTS', 'MR_KAFKA_TOPIC_EXISTS'],
    ['INVALID_PARTITIONS', 'MR_KAFKA_LAYOUT_INVALID'],
    ['INVALID_REPLICATION_FACTOR', 'MR_KAFKA_LAYOUT_INVALID'],
    ['INVALID_CONFIG', 'MR_KAFKA_CONFIG_INVALID'],
    ['NON_EMPTY_GROUP', 'MR_KAFKA_GROUP_ACTIVE'],
    ['GROUP_ID_NOT_FOUND', 'MR_KAFKA_GROUP_UNKNOWN'],
    ['TOPIC_AUTHORIZATION_FAILED', 'MR_KAFKA_AUTHORIZATION'],
    ['GROUP_AUTHORIZATION_FAILED', 'MR_KAFKA_AUTHORIZATION'],
    ['CLUSTER_AUTHORIZATION_FAILED', 'MR_KAFKA_AUTHORIZATION'],
    ['POLICY_VIOLATION', 'MR_KAFKA_REFUSED'],
  ])('%s is %s for the user, with what was asked for and a remedy', (error, code) => {
    expect(thrown(error, 'as the broker says')).toMatchObject({
      code,
      message: `topic lines cannot be created: as the broker says (${error})`,
      place: { at: 'kafka:9092' },
      remedy: expect.any(String) as string,
    })
  })

  test.each<ErrorCodeName>(['NOT_CONTROLLER', 'COORDINATOR_NOT_AVAILABLE', 'LEADER_NOT_AVAILABLE'])('%s may pass, so it is asked again', (error) => {
    expect(thrown(error)).toBeInstanceOf(KafkaFailure)
    expect(thrown(error)).toMatchObject({ retriable: true })
  })
})
