import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import * as v from 'valibot'
import { MillraceError } from '../../../errors.ts'
import { systemDisk } from '../../journal/disk.ts'
import { writeFileDurably } from '../log/write-file-durably.ts'

const config = v.record(v.string(), v.string())
const schema = v.object({
  version: v.literal(1),
  clusterId: v.pipe(v.string(), v.minLength(1)),
  topics: v.array(v.object({ name: v.string(), partitions: v.pipe(v.number(), v.integer(), v.minValue(1)), config })),
  deletedTopics: v.array(v.string()),
  brokerConfig: config,
  clusterConfig: config,
})

/** What is known of the cluster besides its records. */
export interface ClusterState {
  /** As Kafka makes them: 16 bytes in base64url. */
  readonly clusterId: string
  readonly topics: readonly { readonly name: string; readonly partitions: number; readonly config: Readonly<Record<string, string>> }[]
  /** Topics whose files may still be there. */
  readonly deletedTopics: readonly string[]
  /** Settings altered at run time, for this broker and for the cluster. */
  readonly brokerConfig: Readonly<Record<string, string>>
  readonly clusterConfig: Readonly<Record<string, string>>
}

/** The state on disk, or undefined when there is none yet. Throws MR_JOURNAL_CORRUPT. */
export async function readCluster(file: string): Promise<ClusterState | undefined> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  try {
    return v.parse(schema, JSON.parse(text))
  } catch (cause) {
    throw new MillraceError('MR_JOURNAL_CORRUPT', `${file} is not what a broker has written`, { place: { at: file }, remedy: 'restore the file; without it the topics are found again by their directories, with the default settings', cause })
  }
}

/** Survives a crash at any moment: afterwards the file has this state or the one before. */
export async function writeCluster(file: string, state: ClusterState): Promise<void> {
  await writeFileDurably(systemDisk, file, Buffer.from(`${JSON.stringify({ version: 1, ...state }, null, 2)}\n`))
  await systemDisk.syncDirectory(dirname(file))
}

export function newClusterId(): string {
  return randomBytes(16).toString('base64url')
}
