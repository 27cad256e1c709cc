import type { EventEmitter } from 'node:events'
import type { Clock } from '../base/clock.ts'

/** Ctrl-C under `npm run` arrives twice, from the terminal and from npm: that is one. */
const onePressMs = 300

export interface InterruptListener {
  /** SIGTERM, or the first SIGINT. Called once. */
  drain(): void
  /** A further SIGINT. */
  endNow(): void
}

/** Listens until the function it answers is called. A hangup is ignored: closing the terminal ends no stream. */
export function onInterrupt(signals: EventEmitter, clock: Clock, listener: InterruptListener): () => void {
  let firstMs: number | undefined
  const asked = () => {
    const now = clock.monotonic()
    if (firstMs === undefined) {
      firstMs = now
      listener.drain()
      return false
    }
    return now - firstMs >= onePressMs
  }
  const handlers: readonly (readonly [NodeJS.Signals, () => void])[] = [
    ['SIGTERM', () => void asked()],
    ['SIGINT', () => void (asked() && listener.endNow())],
    ['SIGHUP', () => {}],
  ]
  for (const [signal, handler] of handlers) signals.on(signal, handler)
  return () => {
    for (const [signal, handler] of handlers) signals.off(signal, handler)
  }
}
