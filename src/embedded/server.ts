/** A server that runs in this thread, listening. */
export interface RunningServer {
  /** The address it listens on. */
  readonly host: string
  readonly port: number
  /** Writes what is outstanding to disk, ends all connections, and frees the directory. */
  close(): Promise<void>
}
