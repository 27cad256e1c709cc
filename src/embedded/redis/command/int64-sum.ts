const largest = 2n ** 63n - 1n
const smallest = -(2n ** 63n)

/** The sum of two 64-bit integers, a bigint only beyond 2^53; undefined when it does not fit into 64 bits. */
export function add64(a: number | bigint, b: number | bigint): number | bigint | undefined {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b
    // Minus zero would be written as such.
    if (Number.isSafeInteger(sum)) return sum + 0
  }
  const sum = BigInt(a) + BigInt(b)
  if (sum > largest || sum < smallest) return undefined
  return Number.isSafeInteger(Number(sum)) ? Number(sum) : sum
}
