/** The Redis whose commands and answers are offered, to the byte. */
export const serverVersion = '7.0.15'
