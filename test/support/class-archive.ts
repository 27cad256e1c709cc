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
  // With one that does not fit, say of jars that stood elsewhere, no other can be made.
  await rm(classArchive, { force: true })
  const partial = `${classArchive}.${process.pid}`
  try {
    // What a broker has loaded until it serves groups is also most of what the tools load.
    const kafka = await startKafka({ own: false, jvmOptions: [`-XX:ArchiveClassesAtExit=${partial}`] })
    try {
      await kafka.kill('SIGTERM')
    } finally {
      await kafka.stop()
    }
    if (existsSync(partial)) await rename(partial, classArchive)
  } catch (error) {
    console.warn('no archive of the classes of Kafka can be made: the tests take longer', error)
  } finally {
    await rm(partial, { force: true })
  }
}
