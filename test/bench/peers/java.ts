import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readFile, readdir, rename, rm } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { javaRival } from '../contestants.ts'
import type { Contestant } from '../contestants.ts'

const sources = fileURLToPath(new URL('java', import.meta.url))
const cache = fileURLToPath(new URL('../../../node_modules/.cache/millrace-bench-peers', import.meta.url))

/**
 * The programs in `java/`, built unless these sources have been built before; Maven then also fetches
 * what they need. Answers why not where a JDK or Maven is missing. Rejects when the build fails.
 */
export async function javaContestants(): Promise<readonly Contestant[] | { readonly missing: string }> {
  if (!runs('java', '-version')) return { missing: 'no java was found: install a JDK 17 or newer, for example with `apt-get install default-jdk-headless`' }
  const built = join(cache, await hashOfSources())
  if (!existsSync(built)) {
    if (!runs('mvn', '-version')) return { missing: 'no mvn was found: install Maven, for example with `apt-get install maven`' }
    await build(built)
  }
  // A JVM that is killed leaves what it unpacked, and Flink and Streams their state.
  const leftovers = mkdtempSync(join(tmpdir(), 'millrace-bench-'))
  process.once('exit', () => rmSync(leftovers, { recursive: true, force: true }))
  const classPath = [join(built, 'target/classes'), join(built, 'target/dependency/*')].join(delimiter)
  // The heap is large enough that collecting costs little, and has its size from the start; the collector is the one for throughput.
  const program = (main: string, heap: string) => ['java', '-XX:+UseParallelGC', `-Xms${heap}`, `-Xmx${heap}`, `-Djava.io.tmpdir=${leftovers}`, '-cp', classPath, `millrace.bench.${main}`]
  const [loop, streams, flink] = [program('PlainLoop', '1g'), program('StreamsJob', '2g'), program('FlinkJob', '2g')]
  return [
    { name: 'Java loop, 1 thread', command: loop, threads: 1, style: 'functions' },
    { name: javaRival, command: loop, threads: 2, style: 'functions' },
    { name: 'Flink, 2 slots', command: flink, threads: 2, style: 'functions' },
    { name: 'Kafka Streams at-least-once, 2 threads', command: streams, threads: 2, style: 'functions' },
    { name: 'Kafka Streams exactly-once, 2 threads', command: streams, threads: 2, style: 'functions', variant: 'exactly-once' },
  ]
}

function runs(program: string, argument: string): boolean {
  return spawnSync(program, [argument], { stdio: 'ignore' }).status === 0
}

async function hashOfSources(): Promise<string> {
  const hash = createHash('sha256')
  for (const file of await sourceFiles()) hash.update(`${file}\n`).update(await readFile(join(sources, file)))
  return hash.digest('hex').slice(0, 16)
}

async function sourceFiles(): Promise<string[]> {
  const files = await readdir(join(sources, 'src'), { recursive: true, withFileTypes: true })
  return ['pom.xml', ...files.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name).slice(sources.length + 1)).toSorted()]
}

/** In a folder of its own, so that there is either a whole build or none. */
async function build(to: string): Promise<void> {
  await mkdir(cache, { recursive: true })
  const partial = await mkdtemp(`${to}-`)
  try {
    for (const file of await sourceFiles()) await cp(join(sources, file), join(partial, file))
    await runMaven(partial)
    await rename(partial, to).catch((error: NodeJS.ErrnoException) => {
      // another process was faster: its folder is as good
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
    })
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
}

function runMaven(folder: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const maven = spawn('mvn', ['-q', '-B', 'compile', 'dependency:copy-dependencies'], { stdio: ['ignore', 'pipe', 'pipe'], cwd: folder })
    let output = ''
    maven.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
    maven.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
    maven.once('error', reject)
    maven.once('close', (code) => {
      if (code === 0) resolve()
      else reject(new Error(`Maven could not build the rivals in Java:\n${output.slice(-4000)}`))
    })
  })
}
