/** Per second: `0`, `0.4`, `12.3`, `1234`, `12.3k`, `4.5M`. */
export function rateText(perSecond: number): string {
  if (perSecond >= 10_000) return countText(perSecond)
  if (perSecond >= 100 || Number.isInteger(perSecond)) return perSecond.toFixed(0)
  return perSecond.toFixed(1)
}

/** Exact below 10,000, then rounded to three digits. */
export function countText(count: number): string {
  if (count < 10_000) return count.toFixed(0)
  for (const [size, unit] of [[1e3, 'k'], [1e6, 'M'], [1e9, 'G']] as const) {
    const share = count / size
    if (share < 999.5 || unit === 'G') return `${share < 99.95 ? share.toFixed(1) : share.toFixed(0)}${unit}`
  }
  return count.toFixed(0)
}

/** Milliseconds with about three digits. */
export function msText(ms: number): string {
  if (ms === 0) return '0'
  if (ms < 1) return ms.toFixed(3)
  return ms < 100 ? ms.toFixed(1) : ms.toFixed(0)
}

/** `12 s`, `3 m 5 s`, `2 h 0 m`. */
export function durationText(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} m ${seconds % 60} s`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} m`
}
