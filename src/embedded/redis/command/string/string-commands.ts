import type { Command } from '../command.ts'

export const stringCommands: readonly Command[] = []
