import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { dirname, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const ownFolder = new URL('../', import.meta.url).href

/**
 * What `load` answers, with a hash of the source of every module that is loaded meanwhile: the file at
 * `entry` and what it imports or requires, but not packages of node_modules nor millrace itself. Where the
 * files stand does not count, only how they stand to each other. What they read by other means, or import
 * later, is not seen. Modules this thread has loaded before are not seen either.
 */
export async function withCode<T>(entry: string, load: () => Promise<T>): Promise<{ readonly loaded: T; readonly code: string }> {
  const folder = dirname(fileURLToPath(entry))
  const sources = new Map<string, string>()
  const hooks = registerHooks({
    load(url, context, next) {
      const result = next(url, context)
      if (url.startsWith('file:') && !url.startsWith(ownFolder) && !url.includes('/node_modules/')) {
        const path = fileURLToPath(url)
        sources.set(relative(folder, path).split(sep).join('/'), createHash('sha256').update(bytesOf(result.source) ?? readFileSync(path)).digest('hex'))
      }
      return result
    },
  })
  try {
    const loaded = await load()
    const ordered = Array.from(sources).sort(([a], [b]) => (a < b ? -1 : 1))
    return { loaded, code: createHash('sha256').update(JSON.stringify(ordered)).digest('hex').slice(0, 32) }
  } finally {
    hooks.deregister()
  }
}

function bytesOf(source: string | ArrayBuffer | NodeJS.TypedArray | null | undefined): string | Uint8Array | undefined {
  if (source === null || source === undefined || typeof source === 'string') return source ?? undefined
  return source instanceof ArrayBuffer ? new Uint8Array(source) : new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
}
