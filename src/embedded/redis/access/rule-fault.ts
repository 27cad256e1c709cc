/** What may be wrong with a rule, in Redis's words. */
export const ruleFault = {
  syntax: 'Syntax error',
  unknown: 'Unknown command or category name in ACL',
  keysAfterAll: "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have any effect. Try 'resetkeys' to start with an empty list of patterns",
  channelsAfterAll: "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does not have any effect. Try 'resetchannels' to start with an empty list of channels",
  noSuchPassword: 'The password you are trying to remove from the user does not exist',
  noHash: 'The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters',
  subcommandArgument: 'Allowing first-arg of a subcommand is not supported',
} as const

export type RuleFault = (typeof ruleFault)[keyof typeof ruleFault]
