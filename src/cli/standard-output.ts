/** Standard output as it was at the start: a topology run with `--json` has what its own code prints sent to standard error. */
export const writeOutput = process.stdout.write.bind(process.stdout)
