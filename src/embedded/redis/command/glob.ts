const star = 42
const question = 63
const open = 91
const close = 93
const backslash = 92
const caret = 94
const dash = 45

/**
 * Redis's glob patterns over bytes: `*`, `?`, `[abc]`, `[^a-z]`, and `\` before what is meant literally.
 * A star that fails goes back to the last one only, so no pattern takes more than pattern times text.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  let p = 0
  let t = 0
  let afterStar = -1
  let starText = 0
  for (;;) {
    if (p < pattern.length && pattern.charCodeAt(p) === star) {
      while (pattern.charCodeAt(p) === star) p++
      if (p === pattern.length) return true
      afterStar = p
      starText = t
      continue
    }
    if (t === text.length) return p === pattern.length
    const next = p < pattern.length ? matchOne(pattern, p, text.charCodeAt(t)) : -1
    if (next >= 0) {
      p = next
      t++
      continue
    }
    if (afterStar < 0) return false
    p = afterStar
    t = ++starText
  }
}

/** The position after the part of the pattern that matched the byte, or -1. */
function matchOne(pattern: string, p: number, byte: number): number {
  switch (pattern.charCodeAt(p)) {
    case question:
      return p + 1
    case open:
      return matchClass(pattern, p + 1, byte)
    case backslash:
      if (p + 1 < pattern.length) p++
      break
    default:
  }
  return pattern.charCodeAt(p) === byte ? p + 1 : -1
}

/** A class that is not closed ends with the pattern. */
function matchClass(pattern: string, p: number, byte: number): number {
  const not = pattern.charCodeAt(p) === caret
  if (not) p++
  let found = false
  for (;; p++) {
    const code = pattern.charCodeAt(p)
    if (code === backslash && p + 1 < pattern.length) {
      p++
      if (pattern.charCodeAt(p) === byte) found = true
    } else if (code === close) {
      break
    } else if (p >= pattern.length) {
      p--
      break
    } else if (pattern.charCodeAt(p + 1) === dash && p + 2 < pattern.length) {
      const from = Math.min(code, pattern.charCodeAt(p + 2))
      const to = Math.max(code, pattern.charCodeAt(p + 2))
      p += 2
      if (byte >= from && byte <= to) found = true
    } else if (code === byte) {
      found = true
    }
  }
  return found !== not ? p + 1 : -1
}
