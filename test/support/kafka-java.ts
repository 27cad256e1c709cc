import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { kafkaCache, kafkaLibraries } from './kafka-libraries.ts'

/** Classes of Kafka as a JVM has them after reading and checking; see `class-archive.ts`. */
export const classArchive = join(kafkaCache, 'classes.jsa')

/** For a JVM that is to start soon. An archive that does not fit, say that of another Java, is passed over in silence. */
export function quickJvm(): string[] {
  return ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', ...existsSync(classArchive) ? [`-XX:SharedArchiveFile=${classArchive}`, '-Xlog:disable'] : []]
}

/** Arguments of `java` for a main class in the jars of Apache Kafka. */
export async function javaArgs(main: string, args: readonly string[], jvm: readonly string[] = ['-Xmx256m', ...quickJvm(), '-Dorg.slf4j.simpleLogger.defaultLogLevel=error']): Promise<string[]> {
  return [...jvm, '-cp', await classPath(), main, ...args]
}

export async function classPath(): Promise<string> {
  return join(await kafkaLibraries(), '*')
}
