import { createHash, timingSafeEqual } from 'node:crypto'

const hashText = /^[0-9a-f]{64}$/

/** The SHA-256 of a password in hexadecimal digits: the only form in which passwords are kept and shown. */
export function passwordHash(password: string): string {
  return createHash('sha256').update(password, 'latin1').digest('hex')
}

export function isPasswordHash(text: string): boolean {
  return hashText.test(text)
}

/** Whether the password is one of those with these hashes, in a time that tells nothing about them. */
export function matchesAny(password: string, hashes: readonly string[]): boolean {
  const given = Buffer.from(passwordHash(password))
  let found = false
  for (const hash of hashes) if (timingSafeEqual(given, Buffer.from(hash))) found = true
  return found
}
