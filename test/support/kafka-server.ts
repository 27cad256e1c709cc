import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, freePorts } from './free-port.ts'
import { javaArgs, quickJvm } from './kafka-java.ts'
import { installJava } from './kafka-libraries.ts'
import { nodeOn, ownServers } from './own-servers.ts'
import { MissingProgramError, startServerProcess } from './server-process.ts'
import type { ServerProcess } from './server-process.ts'
import { prepareGroups } from './topics.ts'

export interface KafkaServerOptions {
  /** Nodes, each broker and controller. Default 1. */
  readonly brokers?: number
  /** Broker settings by Kafka's own names, over the quick ones below. */
  readonly config?: Readonly<Record<string, string>>
  /** `quick` starts soon, `fast` runs fast for long, `default` is what Kafka's start script gives. Default `quick`. */
  readonly jvm?: 'quick' | 'fast' | 'default'
  /** More options of the JVM, for the broker alone. */
  readonly jvmOptions?: readonly string[]
  /** Ports of which clients on a second listener of each broker are told, for proxies in front of it. Apache Kafka only. */
  readonly advertisedPorts?: readonly number[]
  /** The broker of millrace, alone, instead of Apache Kafka. Default: what the project of the tests says. */
  readonly own?: boolean
  /** The broker of millrace as it was built into `dist` last, not from its source. Default false. */
  readonly built?: boolean
}

/** A Kafka of one or more nodes on free ports, with a temporary folder. */
export interface KafkaServer {
  /** `host:port` of every node. */
  readonly brokers: string[]
  readonly nodes: readonly KafkaNode[]
  /** Ends all nodes; default SIGKILL. The data stay. */
  kill(signal?: NodeJS.Signals): Promise<void>
  /** Starts all nodes that do not run, on the same ports and data; resolves when they answer. */
  start(): Promise<void>
  /** Ends all nodes and removes the data. */
  stop(): Promise<void>
}

export interface KafkaNode {
  readonly id: number
  readonly broker: string
  /** Where the second listener is; undefined without one. */
  readonly behindProxy: number | undefined
  /** Process id, while it runs. */
  readonly pid: number | undefined
  kill(signal?: NodeJS.Signals): Promise<void>
  start(): Promise<void>
}

export function startKafka(options: KafkaServerOptions = {}): Promise<KafkaServer> {
  return options.own ?? ownServers() ? startOwnKafka(options) : startApacheKafka(options)
}

async function startApacheKafka(options: KafkaServerOptions): Promise<KafkaServer> {
  const count = options.brokers ?? 1
  const ports = await freePorts(3 * count)
  const dir = await mkdtemp(join(tmpdir(), 'millrace-kafka-'))
  // Behind `=`, for an id may begin with a dash and would be taken for an option.
  const clusterId = randomBytes(16).toString('base64url')
  const voters = Array.from({ length: count }, (_, i) => `${i + 1}@127.0.0.1:${ports[2 * i + 1]}`).join(',')
  const jvm = [...jvmOptions[options.jvm ?? 'quick'](), ...quietLog]

  const createNode = async (index: number): Promise<KafkaNode> => {
    const id = index + 1
    const broker = `127.0.0.1:${ports[2 * index]}`
    const advertised = options.advertisedPorts?.[index]
    const behindProxy = advertised === undefined ? undefined : ports[2 * count + index]!
    const nodeDir = join(dir, String(id))
    const properties = join(nodeDir, 'server.properties')
    await mkdir(nodeDir)
    const settings = {
      ...quickSettings,
      'offsets.topic.replication.factor': String(count),
      'transaction.state.log.replication.factor': String(count),
      'transaction.state.log.min.isr': String(Math.min(2, count)),
      'default.replication.factor': String(count),
      'min.insync.replicas': String(Math.min(2, count)),
      ...options.config,
      'process.roles': 'broker,controller',
      'node.id': String(id),
      'controller.quorum.voters': voters,
      'controller.listener.names': 'CONTROLLER',
      'listeners': `PLAINTEXT://${broker},CONTROLLER://127.0.0.1:${ports[2 * index + 1]}${behindProxy === undefined ? '' : `,PROXIED://127.0.0.1:${behindProxy}`}`,
      ...(advertised === undefined ? {} : {
        'advertised.listeners': `PLAINTEXT://${broker},PROXIED://127.0.0.1:${advertised}`,
        'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT',
        'inter.broker.listener.name': 'PLAINTEXT',
      }),
      'log.dirs': join(nodeDir, 'data'),
    }
    await writeFile(properties, Object.entries(settings).map(([name, value]) => `${name}=${value}\n`).join(''))
    await runJava(await javaArgs('kafka.tools.StorageTool', ['format', `--cluster-id=${clusterId}`, '-c', properties], jvm))
    const args = await javaArgs('kafka.Kafka', [properties], [...jvm, ...options.jvmOptions ?? []])
    let running: ServerProcess | undefined
    return {
      id,
      broker,
      behindProxy,
      get pid() {
        return running?.pid
      },
      async kill(signal) {
        await running?.kill(signal)
        running = undefined
      },
      async start() {
        running ??= await startServerProcess({
          command: 'java',
          args,
          install: installJava,
          logFile: join(nodeDir, 'server.log'),
          ready: 'Kafka Server started',
          readyTimeoutMs: 60_000,
          dir,
        })
      },
    }
  }

  return startCluster(dir, count, createNode)
}

/** The broker of millrace, as `millrace broker` runs it. */
async function startOwnKafka({ config = {}, built = false }: KafkaServerOptions): Promise<KafkaServer> {
  const port = await freePort()
  const dir = await mkdtemp(join(tmpdir(), 'millrace-broker-'))
  const { command, args } = nodeOn(built ? 'dist/cli/millrace.js' : 'src/cli/millrace.ts')
  const settings = Object.entries({ 'auto.create.topics.enable': 'false', 'num.partitions': '1', 'log.retention.hours': '-1', ...config }).flatMap(([name, value]) => ['--setting', `${name}=${value}`])
  let running: ServerProcess | undefined
  return startCluster(dir, 1, () => Promise.resolve({
    id: 1,
    broker: `127.0.0.1:${port}`,
    behindProxy: undefined,
    get pid() {
      return running?.pid
    },
    async kill(signal) {
      await running?.kill(signal)
      running = undefined
    },
    async start() {
      running ??= await startServerProcess({
        command,
        args: [...args, 'broker', '--port', String(port), '--data-dir', join(dir, 'data'), ...settings],
        install: 'it is part of this repository',
        logFile: join(dir, 'server.log'),
        ready: `127.0.0.1:${port}`,
        readyTimeoutMs: 30_000,
        dir,
      })
    },
  }))
}

async function startCluster(dir: string, count: number, createNode: (index: number) => Promise<KafkaNode>): Promise<KafkaServer> {
  const nodes: KafkaNode[] = []
  const server: KafkaServer = {
    brokers: [],
    nodes,
    kill: async (signal) => void await Promise.all(nodes.map((node) => node.kill(signal))),
    start: async () => void await Promise.all(nodes.map((node) => node.start())),
    async stop() {
      await server.kill()
      await rm(dir, { recursive: true, force: true })
    },
  }
  try {
    nodes.push(...await Promise.all(Array.from({ length: count }, (_, index) => createNode(index))))
    server.brokers.push(...nodes.map((node) => node.broker))
    await server.start()
    await prepareGroups(server.brokers)
  } catch (error) {
    await server.stop()
    throw error
  }
  return server
}

const quietLog = ['-Dorg.slf4j.simpleLogger.defaultLogLevel=warn', '-Dorg.slf4j.simpleLogger.log.kafka.server=info']
const jvmOptions = {
  quick: () => ['-Xmx512m', ...quickJvm()],
  fast: () => ['-Xmx1g'],
  default: () => ['-Xmx1g', '-Xms1g', '-server', '-XX:+UseG1GC', '-XX:MaxGCPauseMillis=20', '-XX:InitiatingHeapOccupancyPercent=35', '-XX:+ExplicitGCInvokesConcurrent'],
}

const quickSettings = {
  'auto.create.topics.enable': 'false',
  // a node killed with -9 can only come back when its session has ended
  'broker.session.timeout.ms': '2000',
  'broker.heartbeat.interval.ms': '200',
  'group.initial.rebalance.delay.ms': '0',
  'group.min.session.timeout.ms': '500',
  'offsets.topic.num.partitions': '1',
  'transaction.state.log.num.partitions': '1',
  'num.partitions': '1',
  'log.retention.hours': '-1',
  'log.segment.bytes': '1073741824',
}

function runJava(args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('java', args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.once('error', () => reject(new MissingProgramError('java', installJava)))
    child.once('close', (code) => {
      if (code === 0) resolve()
      else reject(new Error(`Kafka's storage could not be formatted:\n${output.slice(-4000)}`))
    })
  })
}
