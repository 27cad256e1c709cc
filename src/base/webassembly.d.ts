/** What is used of WebAssembly, which Node has and its types have not. */
declare namespace WebAssembly {
  type Module = object
  const Module: new (bytes: Uint8Array<ArrayBuffer>) => Module

  class Memory {
    constructor(pages: { readonly initial: number; readonly maximum: number })
    readonly buffer: ArrayBuffer
  }

  class Instance {
    constructor(module: Module, imports: Readonly<Record<string, Readonly<Record<string, Memory>>>>)
    readonly exports: Readonly<Record<string, unknown>>
  }
}
