import type { Command } from 'commander'
import { writeFile } from 'node:fs/promises'

/** Every measurement can leave its figures in a file. */
export function withJsonOption(command: Command): Command {
  return command.option('--json <file>', 'also write the figures as JSON')
}

export async function writeFigures(file: string | undefined, figures: unknown): Promise<void> {
  if (file !== undefined) await writeFile(file, `${JSON.stringify(figures, null, 2)}\n`)
}
