import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { javaArgs } from '../support/kafka-java.ts'
import { apis, embeddedMessages } from '../support/wire-tables.ts'

const program = fileURLToPath(new URL('../support/java/GoldenMessages.java', import.meta.url))

/** `npx vitest run --project system golden-messages -u` writes the file anew after a table was added. */
test('the golden messages are what the classes of Apache Kafka write today', async () => {
  const wanted = [
    ...apis.map(({ name, versions: [first, last] }) => `${name}:${first}:${last}`),
    ...Object.keys(embeddedMessages).map((name) => `${name}:0:3:`),
  ]
  const args = await javaArgs(program, wanted, ['-Dstdout.encoding=UTF-8', '--source', '17'])
  const { stdout } = await promisify(execFile)('java', args, { maxBuffer: 1 << 26, env: { ...process.env, JAVA_TOOL_OPTIONS: '' } })
  await expect(stdout).toMatchFileSnapshot('../wire/api/golden-messages.jsonl')
})
