import { below, type Random } from '../support/data/random.ts'

/**
 * An endless sequence in which every kind has its share: round by round, in each of which every kind comes
 * as often as its share says, in an order that the seed decides.
 */
export function* programme<Kind extends { readonly share: number }>(kinds: readonly Kind[], random: Random): Generator<Kind, never, void> {
  for (;;) {
    const round = kinds.flatMap((kind) => Array.from({ length: kind.share }, () => kind))
    for (let left = round.length; left > 0; left--) {
      const [next] = round.splice(below(random, left), 1)
      yield next!
    }
  }
}

export function roundLength(kinds: readonly { readonly share: number }[]): number {
  return kinds.reduce((sum, { share }) => sum + share, 0)
}
