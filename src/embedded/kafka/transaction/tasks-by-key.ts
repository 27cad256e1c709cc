/** Runs one task at a time for each key, in the order they came. */
export class TasksByKey {
  readonly #last = new Map<string, Promise<void>>()

  run<T>(key: string, task: () => Promise<T>): Promise<T> {
    const done = (this.#last.get(key) ?? Promise.resolve()).then(task)
    const last = done.then(() => {}, () => {}).then(() => {
      if (this.#last.get(key) === last) this.#last.delete(key)
    })
    this.#last.set(key, last)
    return done
  }

  /** When all tasks given so far have ended. */
  async idle(): Promise<void> {
    await Promise.all(this.#last.values())
  }
}
