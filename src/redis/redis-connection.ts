/** One connection to Redis as the store sees it; it reconnects by itself. Every rejection is a `RedisFault`. */
export interface RedisConnection {
  /** `host:port`, for people. */
  readonly address: string
  /** Resolves when commands can be sent; rejects at once when Redis refuses (MR_REDIS_AUTH …), with MR_REDIS_UNREACHABLE after `timeoutMs`. */
  open(timeoutMs: number): Promise<void>
  /** The array is handed on as it is and must not be changed, for the command may be sent again, by whom the connection's owner has chosen. */
  call(command: string, args: readonly (string | Buffer)[]): Promise<unknown>
  /** Calls each time the connection has become ready again, until the returned function is called. */
  onReady(call: () => void): () => void
  close(): void
}
