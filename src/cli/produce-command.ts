import { InvalidArgumentError, Option } from 'commander'
import type { Command } from 'commander'
import { MillraceError } from '../errors.ts'
import { openCluster } from '../kafka/kafkajs-cluster.ts'
import { clusterProducePort } from '../kafka/producer/cluster-produce-port.ts'
import { Producer } from '../kafka/producer/producer.ts'
import type { ProducerRecord } from '../kafka/producer/producer.ts'
import { checkProducerOptions } from '../kafka/producer/producer-options.ts'
import { codecs } from '../wire/codec.ts'
import type { Codec } from '../wire/codec.ts'
import { exitCode } from './exit-code.ts'
import { countText, durationText } from './figures.ts'
import { onInterrupt } from './interrupts.ts'
import { pace } from './pace.ts'
import { numberParser } from './parse-number.ts'
import { pairListParser } from './parse-pairs.ts'
import { fileItems, lineItems } from './produce-input.ts'
import type { Item } from './produce-input.ts'
import { clusterSettings, withClusterOptions } from './tool-cluster.ts'
import type { ClusterFlags } from './tool-cluster.ts'
import type { ToolHost } from './tool-host.ts'
import { unlessStopped } from './unless-stopped.ts'

interface ProduceFlags extends ClusterFlags {
  readonly file?: readonly string[]
  readonly key?: string
  readonly keySeparator?: string
  readonly nullMarker?: string
  readonly partition?: number
  readonly header?: readonly (readonly [string, string])[]
  readonly acks: '0' | '1' | 'all'
  readonly compression: Codec
  readonly sync?: true
  readonly linger?: number
  readonly batchBytes?: number
  readonly rate?: number
  readonly json?: true
}

const acksOf = { 0: 0, 1: 1, all: 'all' } as const

/** `millrace produce TOPIC`: what kafka-console-producer does, and whole files. */
export function addProduceCommand(program: Command, host: ToolHost): void {
  withClusterOptions(program.command('produce'))
    .description('Send the lines of standard input, or files, as records.')
    .argument('<topic>', 'where to; it must exist')
    .option('--file <file...>', 'send these files, each as one value, instead of standard input; the key is the file\'s name')
    .option('--key <text>', 'the key of every record')
    .addOption(new Option('--key-separator <text>', 'lines are a key, this, and a value').argParser(separator).conflicts(['key', 'file']))
    .addOption(new Option('--null-marker <text>', 'a value that is exactly this is sent as null, a tombstone').conflicts('file'))
    .option('--partition <n>', "default: by the key's hash, as Java's client; without a key by turns", numberParser('--partition', 0, 0x7fff_ffff))
    .option('--header <name=value>', 'a header of every record; may be given often', pairListParser('--header'))
    .addOption(new Option('--acks <n>', 'who must have a record: all replicas in sync, the leader (1), nobody (0)').choices(['all', '1', '0']).default('all'))
    .addOption(new Option('--compression <codec>', 'of the batches').choices(codecs).default('none'))
    .option('--sync', 'send each record when the one before is acknowledged')
    .addOption(new Option('--linger <ms>', 'how long a record waits for others to share a batch; default 5').argParser(numberParser('--linger', 0)).conflicts('sync'))
    .option('--batch-bytes <n>', 'size at which a batch leaves at once; default 131072', numberParser('--batch-bytes', 1, 0x3fff_ffff))
    .option('--rate <n>', 'records per second at most', numberParser('--rate', 1))
    .option('--json', 'one JSON object per line: for each record with --sync or --file, and at the end')
    .addHelpText('after', '\nCtrl-C ends sending at once; what was taken until then arrives, and how much that is is said.')
    .action((topic: string, flags: ProduceFlags) => produce(topic, flags, host))
}

/** May be blank, not nothing. */
function separator(text: string): string {
  if (text === '') throw new InvalidArgumentError('It is empty; name what stands between key and value.')
  return text
}

async function produce(topic: string, flags: ProduceFlags, host: ToolHost): Promise<void> {
  const { acks, compression, sync, file: files, key, keySeparator: separator, nullMarker, batchBytes } = flags
  const options = checkProducerOptions({
    acks: acksOf[acks],
    compression,
    lingerMs: sync === true ? 0 : flags.linger,
    ...(batchBytes === undefined ? {} : { batchBytes }),
  })
  const stop = new AbortController()
  const stopListening = onInterrupt(host.signals, host.clock, { drain: () => stop.abort(), endNow: () => host.exit(exitCode.interrupted) })
  const cluster = await openCluster(clusterSettings(flags), host.log, 'produce')
  const producer = new Producer(clusterProducePort(cluster), options, host.clock, host.log)
  const items = files === undefined ? lineItems(host.input, { key, separator, nullMarker }) : fileItems(files, key)
  const feed = new Feed(topic, flags, producer, host, stop.signal)
  try {
    for (;;) {
      const next = await unlessStopped(items.next(), stop.signal)
      if (next === 'stopped' || next.done === true) break
      await feed.send(next.value)
    }
    await producer.close()
    feed.finish()
  } catch (thrown) {
    // What was given before the fault is sent all the same.
    await producer.close().catch(() => {})
    feed.finish()
    throw feed.fault ?? thrown
  } finally {
    stopListening()
    cluster.disconnect()
  }
}

/** Puts items through a producer and counts them. */
class Feed {
  readonly #topic: string
  readonly #flags: ProduceFlags
  readonly #producer: Producer
  readonly #host: ToolHost
  readonly #stop: AbortSignal
  readonly #wait: () => Promise<void> | undefined
  readonly #startMs: number
  #given = 0
  /** Acknowledged one by one. */
  #alone = 0
  #bytes = 0

  constructor(topic: string, flags: ProduceFlags, producer: Producer, host: ToolHost, stop: AbortSignal) {
    this.#topic = topic
    this.#flags = flags
    this.#producer = producer
    this.#host = host
    this.#stop = stop
    this.#wait = pace(flags.rate, host.clock, stop)
    this.#startMs = host.clock.monotonic()
  }

  /** All of them, or fewer when it is to stop while it waits. */
  async send(items: readonly Item[]): Promise<void> {
    const { sync, rate } = this.#flags
    for (const item of items) {
      const wait = rate === undefined ? undefined : this.#wait()
      if (wait !== undefined) await wait
      if (this.#stop.aborted) return
      this.#given++
      this.#bytes += item.value?.length ?? 0
      if (sync === true || item.file !== undefined) await this.#sendAlone(item)
      else {
        const room = this.#producer.push(this.#record(item))
        if (room !== undefined) await room
      }
    }
  }

  /** What was refused first of what was sent in batches, with its lines. */
  get fault(): MillraceError | undefined {
    const { failed } = this.#producer.pushed
    return failed && inLines(failed.error, failed.first + 1, failed.last + 1)
  }

  finish(): void {
    const ms = Math.round(this.#host.clock.monotonic() - this.#startMs)
    const topic = this.#topic
    const records = this.#alone + this.#producer.pushed.acknowledged
    const failed = this.#given - records
    if (this.#flags.json === true) {
      this.#host.print(`${JSON.stringify({ type: 'produced', topic, records, ...(failed > 0 ? { failed } : { bytes: this.#bytes }), ms })}\n`)
    } else if (failed > 0) {
      this.#host.note(`written: ${records} of ${this.#given} records`)
    } else if (this.#flags.file === undefined) {
      this.#host.note(`sent ${records} record${records === 1 ? '' : 's'}, ${countText(this.#bytes)} bytes, to ${topic} in ${ms < 1000 ? `${ms} ms` : durationText(ms)}`)
    }
  }

  /** Acknowledged before it returns; tells where the record is. */
  async #sendAlone(item: Item): Promise<void> {
    const { topic, partition, offset } = await this.#producer.send(this.#record(item)).catch((thrown: unknown) => {
      if (!(thrown instanceof MillraceError)) throw thrown
      throw item.file === undefined ? inLines(thrown, this.#given) : thrown.within({ at: item.file })
    })
    this.#alone++
    const { file } = item
    if (this.#flags.json === true) this.#host.print(`${JSON.stringify({ type: 'acknowledged', topic, partition, offset, ...(file === undefined ? {} : { file }) })}\n`)
    else if (file !== undefined) this.#host.print(`${file} → ${topic}/${partition}@${offset}\n`)
  }

  #record({ key, value }: Item): ProducerRecord {
    const { partition, header: headers } = this.#flags
    return { topic: this.#topic, key, value, partition, headers }
  }
}

/** Which lines an error is about, unless it is about more than them. */
function inLines(error: MillraceError, first: number, last = first): MillraceError {
  if (error.place.partition === undefined) return error
  return error.within({ at: `${first === last ? `line ${first}` : `lines ${first} to ${last}`} of standard input` })
}
