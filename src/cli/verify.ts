import { verify } from '../replay/verify.ts'
import { differenceText } from './difference-text.ts'
import { exitCode } from './exit-code.ts'
import { connectionsOf } from './replay.ts'
import type { Screen } from './reporter.ts'
import type { ToolHost } from './tool-host.ts'
import { topologyUrl } from './topology-url.ts'
import { untilInterrupted } from './until-interrupted.ts'
import type { VerifyFlags } from './verify-command.ts'
import { waitingNotes } from './waiting-notes.ts'

/** So many are named on a terminal; with `--json` all. */
const mostNamed = 100

export async function verifyCommand(screen: Screen, host: ToolHost, file: string, flags: VerifyFlags): Promise<void> {
  // What the user's code prints arrives at this thread's standard output, where only objects belong now.
  if (flags.json === true) process.stdout.write = process.stderr.write.bind(process.stderr)
  let named = 0
  const { keys, differing, heldMs, generation, positions, topology } = await untilInterrupted(host, (signal) => verify(topologyUrl(file), {
    signal,
    connections: connectionsOf(flags, true),
    log: { level: flags.logLevel ?? 'warn' },
    ...(flags.workers === undefined ? {} : { workers: flags.workers }),
    waiting: waitingNotes(host, 'the recount'),
    differs: (difference) => {
      if (flags.json === true) screen.write(`${JSON.stringify({ type: 'difference', ...difference })}\n`)
      else if (named++ < mostNamed) screen.write(`${differenceText(difference, 'the recount')}\n`)
    },
  }))
  if (flags.json === true) screen.write(`${JSON.stringify({ type: 'verified', topology, generation, positions: Object.fromEntries(positions), keys, differing, heldMs: Math.round(heldMs) })}\n`)
  else {
    if (named > mostNamed) screen.write(`… and ${named - mostNamed} more\n`)
    screen.write(`generation ${generation} at ${Array.from(positions, ([partition, offset]) => `${partition}@${offset}`).join(' ')}; new results waited ${Math.round(heldMs)} ms\n`)
    screen.write(`verified ${keys} keys: ${differing} differ\n`)
  }
  if (differing > 0) process.exitCode = exitCode.failed
}
