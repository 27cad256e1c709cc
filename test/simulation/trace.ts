/** What happened in a run, as a hash, as figures, and in words if somebody wants to read it. */
export class Trace {
  readonly lines: string[] | undefined
  readonly hits = new Map<string, number>()
  #hash = 0x811c9dc5

  constructor(inWords: boolean) {
    this.lines = inWords ? [] : undefined
  }

  /** Equal for equal runs; two different ones are as good as never equal. */
  get hash(): number {
    return this.#hash >>> 0
  }

  number(value: number): void {
    this.#hash = Math.imul(this.#hash ^ value, 0x01000193)
  }

  note(atMs: number, text: string): void {
    for (let i = 0; i < text.length; i++) this.number(text.charCodeAt(i))
    this.number(Math.round(atMs * 1000))
    this.lines?.push(`${atMs.toFixed(2).padStart(10)}  ${text}`)
  }

  /** Only for those who read: costs nothing else. */
  remark(atMs: number, text: () => string): void {
    this.lines?.push(`${atMs.toFixed(2).padStart(10)}    ${text()}`)
  }

  hit(what: string, times = 1): void {
    if (times > 0) this.hits.set(what, (this.hits.get(what) ?? 0) + times)
  }
}
