import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { MillraceError } from '../errors.ts'

/** What was written as FILE, from the working directory. */
export function topologyUrl(file: string): URL {
  const path = resolve(file)
  if (statSync(path, { throwIfNoEntry: false })?.isFile() === true) return pathToFileURL(path)
  throw new MillraceError('MR_TOPOLOGY_FILE', 'there is no such file', {
    place: { at: path },
    remedy: 'name the file whose default export is the topology; paths start at the working directory',
  })
}
