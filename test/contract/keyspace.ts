/** What a store holds, in a form that two stores can be compared by. */
export type Keyspace = Readonly<Record<string, unknown>>

/** Looks into a store, and puts things there as another program would. */
export interface Keyspaces {
  dump(): Promise<Keyspace>
  putHash(key: string, fields: Readonly<Record<string, string>>): Promise<void>
  putSet(key: string, member: string): Promise<void>
  putString(key: string, text: string): Promise<void>
  seal(topology: string): Promise<void>
}
