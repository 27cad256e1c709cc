import { readdir } from 'node:fs/promises'
import { consumerAssignment, consumerSubscription } from '../../src/wire/api/consumer-protocol.ts'
import type { Api } from '../../src/wire/message/api.ts'
import type { Fields } from '../../src/wire/message/field.ts'

const folder = new URL('../../src/wire/api/', import.meta.url)

/** Every API that has a table in `src/wire/api`, by its key. */
export const apis: readonly Api[] = await loadApis()

/** The messages that are a field of others, in versions 0 to 3. */
export const embeddedMessages: Readonly<Record<string, Fields>> = {
  ConsumerProtocolAssignment: consumerAssignment,
  ConsumerProtocolSubscription: consumerSubscription,
}

async function loadApis(): Promise<Api[]> {
  const files = await readdir(folder)
  const modules = await Promise.all(files.map(async (file): Promise<Readonly<Record<string, unknown>>> => import(new URL(file, folder).href)))
  return modules.flatMap((module) => Object.values(module).filter(isApi)).toSorted((a, b) => a.key - b.key)
}

function isApi(exported: unknown): exported is Api {
  return typeof exported === 'object' && exported !== null && 'key' in exported && 'flexibleSince' in exported
}
