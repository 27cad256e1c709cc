export interface Node {
  readonly id: string
  /** Ids of nodes that come before it; those that do not exist are passed over. */
  readonly after: readonly string[]
}

/** The nodes in their order, changed only where one must come after another; or the ids of a cycle, first again at the end. */
export function topologicalOrder<N extends Node>(nodes: readonly N[]): { readonly order: readonly N[]; readonly cycle?: readonly string[] } {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const placed = new Set<N>()
  const path: N[] = []
  let cycle: readonly string[] | undefined
  const visit = (node: N) => {
    if (placed.has(node)) return
    const start = path.indexOf(node)
    if (start >= 0) {
      cycle ??= [...path.slice(start), node].map(({ id }) => id)
      return
    }
    path.push(node)
    for (const id of node.after) {
      const before = byId.get(id)
      if (before !== undefined) visit(before)
    }
    path.pop()
    placed.add(node)
  }
  for (const node of nodes) visit(node)
  return { order: [...placed], ...(cycle === undefined ? {} : { cycle }) }
}
