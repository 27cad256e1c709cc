/**
 * What `next` gives, or `stopped` when the signal comes first. For loops: a race of each round with one
 * lasting promise would keep everything the rounds ever gave.
 */
export function unlessStopped<T>(next: Promise<T>, signal: AbortSignal): Promise<T | 'stopped'> {
  if (signal.aborted) return Promise.resolve('stopped')
  return new Promise((resolve, reject) => {
    const stop = (): void => resolve('stopped')
    signal.addEventListener('abort', stop)
    next.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}
