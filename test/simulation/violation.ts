/** The product did what it must never do, or did not do what it must. */
export class Violation extends Error {
  override readonly name = 'Violation'
}
