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

function prototypeOf(value: Function): object | undefined {
  const prototype: unknown = value.prototype
  return typeof prototype === 'object' && prototype !== null ? prototype : undefined
}
