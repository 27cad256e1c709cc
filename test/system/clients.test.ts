import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startKafka } from '../support/kafka-server.ts'
import type { KafkaServer } from '../support/kafka-server.ts'
import { clientTable } from './clients/client-table.ts'
import { javaTools } from './clients/java-tools.ts'
import { kafkajsClient } from './clients/kafkajs.ts'
import { kcat } from './clients/kcat.ts'
import { platformaticClient } from './clients/platformatic.ts'

/** With `apache` the same tests run on Apache Kafka, which shows that they ask for what it does. */
const onApache = process.env['MILLRACE_CLIENTS_ON'] === 'apache'

describe("other people's clients and the embedded broker", () => {
  let server: KafkaServer

  beforeAll(async () => {
    server = await startKafka({ own: !onApache })
  })
  afterAll(() => server.stop())

  kafkajsClient(() => server)
  platformaticClient(() => server)
  kcat(() => server)
  javaTools(() => server)

  test('what the README says of them is what was seen here', () => {
    const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
    expect(readme.includes(clientTable()), `the README should hold:\n\n${clientTable()}\n`).toBe(true)
  })
})
