/** How an error calls what it was given. */
export function nameOf(value: unknown): string {
  if (typeof value === 'function') return value.name === '' || value.name === 'default' ? 'a function' : `function ${value.name}`
  if (value === null || typeof value !== 'object') return value === null || value === undefined ? String(value) : `a ${typeof value}`
  const name = (value as { readonly constructor?: { readonly name?: unknown } }).constructor?.name
  return typeof name === 'string' && name !== '' && name !== 'Object' ? `an instance of ${name}` : 'an object'
}
