import { systemClock } from '../base/clock.ts'
import { memoryCeiling } from '../runtime/memory-ceiling.ts'
import { planTopology } from '../runtime/plan.ts'
import { compileOptions } from '../runtime/submit-options.ts'
import { describeTopologyFile, submit } from '../runtime/submit.ts'
import { describeMermaid } from '../topology/describe-mermaid.ts'
import { describeText } from '../topology/describe-text.ts'
import type { DescribeFlags, RunFlags } from './commands.ts'
import { jsonReporter } from './json-reporter.ts'
import { liveReporter } from './live-reporter.ts'
import { startMissingServers } from './missing-servers.ts'
import type { MissingServers } from './missing-servers.ts'
import { memoryText } from './memory-text.ts'
import { parseConnections } from './parse-connections.ts'
import { plainReporter } from './plain-reporter.ts'
import type { Reporter, Screen } from './reporter.ts'
import { run } from './run.ts'
import { topologyUrl } from './topology-url.ts'

export async function runCommand(screen: Screen, file: string, flags: RunFlags): Promise<void> {
  const { workers, instance, from, seek, untilCaughtUp, guarantee, deadLetters, logLevel } = flags
  const live = process.stdout.isTTY && flags.json !== true
  // What the user's code prints arrives at this thread's standard output, where only objects belong now.
  if (flags.json === true) process.stdout.write = process.stderr.write.bind(process.stderr)
  const url = topologyUrl(file)
  const servers = await serversFor(url, flags)
  const running = run(url, {
    connections: servers.connections,
    ...(workers === undefined ? {} : { workers }),
    ...(instance === undefined ? {} : { instance }),
    start: { ...(from === undefined ? {} : { from }), ...(seek === undefined ? {} : { seek }) },
    untilCaughtUp: untilCaughtUp === true,
    ...(deadLetters === undefined ? {} : { deadLetters: { topic: deadLetters } }),
    ...(guarantee === undefined ? {} : { guarantee }),
    // The table says what `info` lines would.
    log: { level: logLevel ?? (live ? 'warn' : 'info') },
  }, { submit, reporter: reporter(screen, live, flags), clock: systemClock, signals: process, exit: process.exit })
  try {
    await Promise.race([running, servers.failed])
  } finally {
    await servers.close()
  }
}

/** Most runs name all servers they need, and then nothing is looked up. */
async function serversFor(url: URL, flags: RunFlags): Promise<Pick<MissingServers, 'connections' | 'failed' | 'close'>> {
  const connections = parseConnections(flags)
  if (connections['kafka'] !== undefined && connections['redis'] !== undefined) return { connections, failed: new Promise<never>(() => {}), close: () => Promise.resolve() }
  return startMissingServers({
    dataDir: flags.dataDir,
    description: await describeTopologyFile(url),
    connections,
    say: (line) => void process.stderr.write(`${line}\n`),
  })
}

function reporter(screen: Screen, live: boolean, flags: RunFlags): Reporter {
  if (flags.json === true) return jsonReporter(screen, systemClock)
  return live ? liveReporter(screen) : plainReporter(screen)
}

export async function describeCommand(screen: Screen, file: string, flags: DescribeFlags): Promise<void> {
  const description = await describeTopologyFile(topologyUrl(file))
  if (flags.json === true) screen.write(`${JSON.stringify(description, null, 2)}\n`)
  else if (flags.mermaid === true) screen.write(describeMermaid(description))
  else {
    const options = compileOptions({})
    const plan = planTopology(description, options.workers)
    screen.write(`${describeText(description)}${memoryText(memoryCeiling(description, plan, options), plan.workers)}`)
  }
}
