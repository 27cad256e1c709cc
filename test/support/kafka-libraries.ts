import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MissingProgramError } from './server-process.ts'

const pom = fileURLToPath(new URL('kafka/pom.xml', import.meta.url))
export const kafkaCache = fileURLToPath(new URL('../../node_modules/.cache/millrace-kafka', import.meta.url))

export const installJava = 'install a Java 17 or newer, for example with `apt-get install default-jdk-headless`'
const installMaven = 'install Maven, for example with `apt-get install maven`, or set MILLRACE_KAFKA_LIBS to a folder with the jars of Apache Kafka'

/**
 * Folder with the jars of Apache Kafka. Maven fetches them on the first call; later ones, also of
 * other processes, find them in `node_modules/.cache`. MILLRACE_KAFKA_LIBS names a folder to use instead.
 */
export async function kafkaLibraries(): Promise<string> {
  const given = process.env['MILLRACE_KAFKA_LIBS']
  if (given !== undefined && given !== '') {
    if (!existsSync(given)) throw new Error(`MILLRACE_KAFKA_LIBS names ${given}, which does not exist`)
    return given
  }
  const version = /<artifactId>kafka_2\.13<\/artifactId>\s*<version>(.+?)<\/version>/.exec(await readFile(pom, 'utf8'))![1]!
  const libraries = join(kafkaCache, version)
  if (existsSync(libraries)) return libraries
  await mkdir(kafkaCache, { recursive: true })
  const partial = await mkdtemp(`${libraries}-`)
  try {
    await runMaven(['-q', '-B', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${partial}`])
    await rename(partial, libraries).catch((error: NodeJS.ErrnoException) => {
      // another process was faster: its folder is as good
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
    })
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
  return libraries
}

function runMaven(args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const maven = spawn('mvn', args, { stdio: ['ignore', 'pipe', 'pipe'], cwd: dirname(pom) })
    let output = ''
    maven.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
    maven.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
    maven.once('error', () => reject(new MissingProgramError('mvn', installMaven)))
    maven.once('close', (code) => {
      if (code === 0) resolve()
      else reject(new Error(`Maven could not fetch the jars of Apache Kafka:\n${output.slice(-4000)}`))
    })
  })
}
