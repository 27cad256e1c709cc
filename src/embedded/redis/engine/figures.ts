/** Scripts make codes of their own. */
const mostCodes = 128

/** What the server has done so far, for INFO. */
export class Figures {
  connectionsReceived = 0
  connectionsRejected = 0
  commandsProcessed = 0
  errorReplies = 0
  bytesReceived = 0
  bytesSent = 0
  /** Error replies by their code. */
  readonly errors = new Map<string, number>()

  reset(): void {
    this.connectionsReceived = 0
    this.connectionsRejected = 0
    this.commandsProcessed = 0
    this.errorReplies = 0
    this.bytesReceived = 0
    this.bytesSent = 0
    this.errors.clear()
  }

  error(message: string): void {
    const code = message.slice(0, message.indexOf(' '))
    this.errorReplies++
    if (this.errors.size < mostCodes || this.errors.has(code)) this.errors.set(code, (this.errors.get(code) ?? 0) + 1)
  }
}
