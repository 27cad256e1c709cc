/** Prints what a measurement came to. When it fails the others go on, and the run as a whole counts as failed. */
export async function attempt(what: string, measure: () => Promise<string>): Promise<void> {
  try {
    console.log(`  ${what}: ${await measure()}`)
  } catch (error) {
    process.exitCode = 1
    console.error(`  ${what}: ${(error as Error).message}`)
  }
}
