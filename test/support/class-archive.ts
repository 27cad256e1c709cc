import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { classArchive, javaArgs } from './kafka-java.ts'
import { startKafka } from './kafka-server.ts'

/**
 * Makes the archive with which a JVM starts on the jars of Kafka in about half the time, unless there is
 * one that fits. Nothing depends on it: where none can be made, all is only slower.
 */
export async function makeClassArchive(): Promise<void> {
  if (existsSync(classArchive) && spawnSync('java', await javaArgs('-version', [], ['-Xshare:on', `-XX:SharedArchiveFile=${classArchive}`])).status === 0) return
  await mkdir(dirname(classArchive), { recursive: true })
  const partial = `${classArchive}.${process.pid}`
  try {
    // What a broker has loaded until it serves groups is also most of what the tools load.
    const kafka = await startKafka({ own: false, jvmOptions: [`-XX:ArchiveClassesAtExit=${partial}`] })
    await kafka.kill('SIGTERM').finally(() => kafka.stop())
    if (existsSync(partial)) await rename(partial, classArchive)
  } finally {
    await rm(partial, { force: true })
  }
}
