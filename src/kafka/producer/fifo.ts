/** A queue whose ends cost the same however long it is. */
export class Fifo<Item> {
  #items: (Item | undefined)[] = []
  #from = 0

  get size(): number {
    return this.#items.length - this.#from
  }

  push(item: Item): void {
    this.#items.push(item)
  }

  shift(): Item | undefined {
    const item = this.#items[this.#from]
    if (item === undefined) return undefined
    this.#items[this.#from++] = undefined
    // What was taken goes when it is half of all, so each item is moved once at most.
    if (this.#from * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#from)
      this.#from = 0
    }
    return item
  }
}
