import type { Command } from 'commander'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** Every measurement can leave its figures in a file. */
export function withJsonOption(command: Command): Command {
  return command.option('--json <file>', 'also write the figures as JSON')
}

export function withPlotsOption(command: Command): Command {
  return command.option('--plots <dir>', 'also draw the figures, as SVG files in this folder')
}

export async function writeFigures(file: string | undefined, figures: unknown): Promise<void> {
  if (file === undefined) return
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, `${JSON.stringify(figures, null, 2)}\n`)
}

export async function writePlot(dir: string, name: string, svg: string): Promise<void> {
  await mkdir(dir, { recursive: true })
  await writeFile(join(dir, `${name}.svg`), svg)
}
