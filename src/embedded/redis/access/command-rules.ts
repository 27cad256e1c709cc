import { categories } from '../command/command-categories.ts'
import type { CommandTable } from '../command/command-table.ts'
import { CommandRights } from './command-rights.ts'

/**
 * The rules that lead to these rights: `+@all` or `-@all`, then the categories that say most of the rest,
 * then what single commands differ. Which categories: again and again the one of which the fewest commands
 * would have to be taken back, provided that more of them fit; among such, the one of which most fit.
 */
export function commandRules(rights: CommandRights, table: CommandTable): string {
  const additive = !rights.alsoFuture
  const rules = [additive ? '-@all' : '+@all']
  const described = new CommandRights(table)
  described.setAll(!additive)
  const rest = rights.copy()
  for (const category of bestCategories(rest, table, additive)) {
    rules.push(`${additive ? '+' : '-'}@${category}`)
    described.setCategory(category, additive)
  }
  for (const entry of table.each()) {
    const allowed = rights.has(entry)
    if (allowed !== described.has(entry)) {
      rules.push(`${allowed ? '+' : '-'}${entry.fullName}`)
      described.set(entry, allowed)
    }
    if (!allowed) for (const argument of rights.firstArguments(entry)) rules.push(`+${entry.fullName}|${argument}`)
  }
  return rules.join(' ')
}

/** Takes what each of them says away from `rest`. */
function* bestCategories(rest: CommandRights, table: CommandTable, additive: boolean): Generator<string> {
  const left = new Set<string>(categories)
  for (;;) {
    let best: { readonly category: string; readonly fitting: number; readonly differing: number } | undefined
    for (const category of left) {
      let fitting = 0
      let differing = 0
      for (const entry of table.each()) {
        if (!entry.categories.includes(category)) continue
        if (rest.has(entry) === additive) fitting++
        else differing++
      }
      if (fitting <= differing) continue
      if (best === undefined || differing < best.differing || (differing === best.differing && fitting > best.fitting)) best = { category, fitting, differing }
    }
    if (best === undefined) return
    left.delete(best.category)
    rest.setCategory(best.category, !additive)
    yield best.category
  }
}
