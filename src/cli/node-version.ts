/** The first Node that runs TypeScript by itself, as topology files are. `engines` in package.json says the same. */
const needed = [22, 18] as const

/** One line for who runs millrace on an older Node, or undefined. `version` is `process.versions.node`. */
export function nodeTooOld(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > needed[0] || (major === needed[0] && minor >= needed[1])) return undefined
  return `millrace needs Node ${needed[0]}.${needed[1]} or newer; this is Node ${version}.`
}
