import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { MillraceError } from '../errors.ts'
import { nameOf } from './name-of.ts'
import { isTopology } from './define-topology.ts'
import type { Topology } from './topology.ts'

/**
 * Imports a topology file and answers its default export. `file` is a file URL, or a path from the
 * working directory. Runs the user's code: never on the main thread. Throws MR_TOPOLOGY_FILE; what the
 * file itself finds wrong (MR_TOPOLOGY_INVALID, MR_OPTIONS_INVALID) stays what it is.
 */
export async function loadTopology(file: string | URL): Promise<Topology> {
  const url = typeof file === 'string' && !file.startsWith('file:') ? pathToFileURL(resolve(file)) : new URL(file)
  const at = fileURLToPath(url)
  if (statSync(at, { throwIfNoEntry: false })?.isFile() !== true) {
    throw new MillraceError('MR_TOPOLOGY_FILE', 'there is no such file', { place: { at }, remedy: 'name the file whose default export is the topology' })
  }
  const exported = await importFile(url, at)
  if (isTopology(exported['default'])) return exported['default']
  const [named] = Object.entries(exported).find(([, value]) => isTopology(value)) ?? []
  throw new MillraceError('MR_TOPOLOGY_FILE', whatIsExported(exported), {
    place: { at },
    remedy: named === undefined ? 'write export default defineTopology(…)' : `it exports a topology as ${named}: make that the default export`,
  })
}

async function importFile(url: URL, at: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await import(url.href)) as Readonly<Record<string, unknown>>
  } catch (error) {
    if (error instanceof MillraceError) throw error.within({ at })
    const message = error instanceof Error ? error.message : String(error)
    throw new MillraceError('MR_TOPOLOGY_FILE', `the file cannot be loaded: ${message}`, {
      place: { at },
      remedy: 'correct the file; the cause shows where it failed',
      cause: error,
    })
  }
}

function whatIsExported(exported: Readonly<Record<string, unknown>>): string {
  if (!('default' in exported)) return 'the file has no default export'
  return `the file's default export is ${nameOf(exported['default'])}, not a topology`
}
