/** Whether it is called with `new`: written with `class`, or an older constructor whose instances have `method`. */
export function isClass(value: unknown, method: string): value is new () => object {
  if (typeof value !== 'function') return false
  const prototype = prototypeOf(value)
  return /^class\b/.test(Function.prototype.toString.call(value)) || (prototype !== undefined && method in prototype)
}

export function hasMethod(value: Function, method: string): boolean {
  const prototype = prototypeOf(value)
  return prototype !== undefined && typeof (prototype as Record<string, unknown>)[method] === 'function'
}

/** How an error calls what it was given. */
export function nameOf(value: unknown): string {
  if (typeof value === 'function') return value.name === '' || value.name === 'default' ? 'a function' : `function ${value.name}`
  if (value === null || typeof value !== 'object') return value === null || value === undefined ? String(value) : `a ${typeof value}`
  const name = (value as { readonly constructor?: { readonly name?: unknown } }).constructor?.name
  return typeof name === 'string' && name !== '' && name !== 'Object' ? `an instance of ${name}` : 'an object'
}

function prototypeOf(value: Function): object | undefined {
  const prototype: unknown = value.prototype
  return typeof prototype === 'object' && prototype !== null ? prototype : undefined
}
