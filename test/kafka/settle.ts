/** Resolves when all promises that can settle without time passing have done so. */
export function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
