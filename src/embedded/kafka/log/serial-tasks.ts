/** Runs one task at a time, in the order they came. */
export class SerialTasks {
  #last: Promise<unknown> = Promise.resolve()

  run<T>(task: () => Promise<T>): Promise<T> {
    const done = this.#last.then(task)
    this.#last = done.catch(() => {})
    return done
  }

  /** When all tasks given so far have ended. */
  async idle(): Promise<void> {
    await this.#last
  }
}
