/** How deep valid JSON is nested: 0 for a bare value. */
export function jsonDepth(json: string): number {
  let deepest = 0
  let depth = 0
  for (const [token] of json.replace(/"(?:[^"\\]|\\.)*"/g, '').matchAll(/[[\]{}]/g)) {
    depth += token === '[' || token === '{' ? 1 : -1
    if (depth > deepest) deepest = depth
  }
  return deepest
}
