/** Bolts for what most topologies do. Those that follow one another in a thread work on whole batches, on bytes. */
export { pickJson } from './pick-json.ts'
export type { PickJsonOptions } from './pick-json.ts'
export { splitText } from './split-text.ts'
export type { SplitTextOptions } from './split-text.ts'
