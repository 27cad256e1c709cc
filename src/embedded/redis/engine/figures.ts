/** What the server has done so far, for INFO. */
export class Figures {
  connectionsReceived = 0
  connectionsRejected = 0
  commandsProcessed = 0
  errorReplies = 0
  bytesReceived = 0
  bytesSent = 0
  peakBytes = 0

  reset(): void {
    this.connectionsReceived = 0
    this.connectionsRejected = 0
    this.commandsProcessed = 0
    this.errorReplies = 0
    this.bytesReceived = 0
    this.bytesSent = 0
  }
}
