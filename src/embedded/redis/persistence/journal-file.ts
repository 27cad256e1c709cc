/** The name of the log in a server's directory. */
export const journalFile = 'redis.journal'
