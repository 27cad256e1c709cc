import type { ToolHost } from './tool-host.ts'

const everyMs = 5000

/** Says now and then on standard error how far behind something is that a command waits for. */
export function waitingNotes(host: ToolHost, what: string): (behind: number) => void {
  let saidAt = -Infinity
  let before = Infinity
  return (behind) => {
    const now = host.clock.monotonic()
    if (now - saidAt < everyMs) return
    saidAt = now
    host.note(`waiting for ${what}: ${behind} records behind${behind < before ? '' : ', no fewer than before: is its process running?'}`)
    before = behind
  }
}
