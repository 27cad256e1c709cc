import { readFileSync, unlinkSync } from 'node:fs'

/** Ways for user code to end the worker it runs in. */
export const workerEnds = ['exit', 'throw', 'reject', 'out-of-memory', 'endless-loop'] as const
export type WorkerEnd = typeof workerEnds[number]

const lookEveryMs = 50

/** Looks for a file with one of them in it, which the first worker that finds it takes away and obeys. */
export function watchOrders(file: string | undefined): void {
  if (file === undefined) return
  const timer = setInterval(() => {
    let order: string
    try {
      order = readFileSync(file, 'utf8')
      unlinkSync(file)
    } catch {
      return
    }
    obey(order as WorkerEnd)
  }, lookEveryMs)
  timer.unref()
}

function obey(order: WorkerEnd): void {
  switch (order) {
    case 'exit':
      process.exit(7)
    case 'throw':
      throw new Error('nobody catches this')
    case 'reject':
      void Promise.reject(new Error('nobody handles this'))
      return
    case 'out-of-memory': {
      const kept: number[][] = []
      for (;;) kept.push(Array.from({ length: 1000 }, (_, i) => i + kept.length))
    }
    case 'endless-loop':
      for (;;);
  }
}
