import { systemClock } from '../base/clock.ts'
import { pinoLogger } from '../base/pino-logger.ts'
import { MillraceError } from '../errors.ts'
import { largestDifferences } from '../replay/largest-differences.ts'
import { planText } from '../replay/plan-text.ts'
import { openReplaySite, refuseFaults, replay, type Replay } from '../replay/replay.ts'
import { recordsBehind } from '../replay/progress.ts'
import { planRepair, repair, type RepairPlan } from '../replay/repair.ts'
import { repairText } from '../replay/repair-text.ts'
import { ReplayControl } from '../replay/replay-control.ts'
import type { ReplayOutcome } from '../replay/replay-run.ts'
import { resetInPlace } from '../replay/reset-in-place.ts'
import { forgetReaders, openGenerations, planHere } from '../replay/site.ts'
import { statusText } from '../replay/status-text.ts'
import type { ReplayWish } from '../replay/wish.ts'
import { describeTopologyFile } from '../runtime/submit.ts'
import type { Connections } from '../topology/connector.ts'
import type { Generations } from '../topology/generations.ts'
import { differenceText } from './difference-text.ts'
import { jsonReporter } from './json-reporter.ts'
import { liveReporter } from './live-reporter.ts'
import { parseConnections } from './parse-connections.ts'
import { plainReporter } from './plain-reporter.ts'
import { planJson, repairJson, statusJson } from './replay-json.ts'
import type { ReplayAction, ReplayFlags } from './replay-command.ts'
import type { Reporter, Screen } from './reporter.ts'
import { run } from './run.ts'
import type { ToolHost } from './tool-host.ts'
import { topologyUrl } from './topology-url.ts'
import { untilInterrupted } from './until-interrupted.ts'
import { waitingNotes } from './waiting-notes.ts'

export async function replayCommand(screen: Screen, host: ToolHost, file: string, action: ReplayAction | undefined, flags: ReplayFlags): Promise<void> {
  // What the user's code prints arrives at this thread's standard output, where only objects belong now.
  if (flags.json === true) process.stdout.write = process.stderr.write.bind(process.stderr)
  const url = topologyUrl(file)
  if (action !== undefined) await act(screen, host, url, action, flags)
  else if (flags.mode === 'repair') await planOrRepair(screen, host, url, flags)
  else if (flags.execute === true && flags.mode !== 'reset') await runReplay(screen, host, url, flags)
  else await planOrReset(screen, host, url, flags)
}

async function planOrReset(screen: Screen, host: ToolHost, url: URL, flags: ReplayFlags): Promise<void> {
  const reset = flags.mode === 'reset'
  const site = await openReplaySite(url, { connections: connectionsOf(flags, true), instance: flags.instance, log: { level: flags.logLevel ?? 'warn' } })
  try {
    const { plan, live } = await planHere(site, wishOf(flags))
    const surroundings = { topology: site.topology, generation: live.number, keys: live.keys, reset, ...(flags.rate === undefined ? {} : { rate: flags.rate }) }
    screen.write(flags.json === true ? planJson(plan, surroundings) : planText(plan, surroundings))
    if (flags.execute !== true) {
      if (flags.json !== true) host.note('Nothing was changed: this shows what --execute would do.')
      return
    }
    refuseFaults(site.topology, plan, flags.acceptLoss === true)
    await confirmName(host, site.topology, flags.confirm)
    await resetInPlace(site, plan)
    if (flags.json === true) screen.write(`${JSON.stringify({ type: 'reset', topology: site.topology })}\n`)
    else screen.write(`${site.topology} was reset; a running topology counts on from there\n`)
  } finally {
    await site.close()
  }
}

async function planOrRepair(screen: Screen, host: ToolHost, url: URL, flags: ReplayFlags): Promise<void> {
  const { acceptLoss, instance, logLevel, slack, workers } = flags
  const wish = { from: flags.from!, to: flags.to!, ...(slack === undefined ? {} : { slackMs: slack }) }
  const connections = connectionsOf(flags, true)
  const show = (plan: RepairPlan): void => screen.write(flags.json === true ? repairJson(plan) : repairText(plan))
  if (flags.execute !== true) {
    const site = await openReplaySite(url, { connections, instance, log: { level: logLevel ?? 'warn' } })
    try {
      show(await planRepair(site, wish))
    } finally {
      await site.close()
    }
    if (flags.json !== true) host.note('Nothing was changed: this shows what --execute would do.')
    return
  }
  const { windows, heldMs } = await untilInterrupted(host, (signal) => repair(url, {
    ...wish, connections, signal,
    log: { level: logLevel ?? 'warn' },
    acceptLoss: acceptLoss === true,
    ...(instance === undefined ? {} : { instance }),
    ...(workers === undefined ? {} : { workers }),
    planned: show,
    waiting: waitingNotes(host, 'the recount'),
  }))
  screen.write(flags.json === true ? `${JSON.stringify({ type: 'repair', windows, heldMs: Math.round(heldMs) })}\n` : `repaired: the span has ${windows} windows now; new results waited ${Math.round(heldMs)} ms\n`)
}

async function runReplay(screen: Screen, host: ToolHost, url: URL, flags: ReplayFlags): Promise<void> {
  const live = process.stdout.isTTY && flags.json !== true
  const { workers, instance, rate, acceptLoss } = flags
  let begun: Replay | undefined
  const submit = async () => {
    begun = await replay(url, {
      ...wishOf(flags),
      connections: connectionsOf(flags, true),
      log: { level: flags.logLevel ?? (live ? 'warn' : 'info') },
      acceptLoss: acceptLoss === true,
      ...(workers === undefined ? {} : { workers }),
      ...(instance === undefined ? {} : { instance }),
      ...(rate === undefined ? {} : { rate }),
    })
    await sayBegun(screen, begun, flags)
    return begun.topology
  }
  try {
    await run(url, {}, { submit, reporter: reporter(screen, live, flags), clock: systemClock, signals: host.signals, exit: (code) => host.exit(code) })
    const outcome = await begun!.done
    screen.write(flags.json === true ? `${JSON.stringify({ type: 'replay', outcome })}\n` : `${begun!.topology.name} ${outcomeTexts[outcome]}\n`)
  } finally {
    await begun?.close()
  }
}

const outcomeTexts: Readonly<Record<ReplayOutcome, string>> = {
  live: 'replay is live now',
  dropped: 'replay was dropped',
  complete: 'replay is complete; its results stand beside the live ones until it is dropped or switched to',
  stopped: 'replay stopped; the same command goes on with it',
}

async function sayBegun(screen: Screen, { plan, topology, status }: Replay, { json, rate }: ReplayFlags): Promise<void> {
  const now = await status()
  if (plan === undefined) {
    if (json !== true) screen.write(`going on with the replay that was begun\n${statusText(topology.name, now)}`)
    return
  }
  const surroundings = { topology: topology.name, generation: now.live.number, keys: now.live.keys, ...(rate === undefined ? {} : { rate }) }
  screen.write(json === true ? planJson(plan, surroundings) : planText(plan, surroundings))
}

/** That a bounded replay is through is said at the end. */
function reporter(screen: Screen, live: boolean, flags: ReplayFlags): Reporter {
  const usual = flags.json === true ? jsonReporter(screen, systemClock) : live ? liveReporter(screen) : plainReporter(screen)
  return { ...usual, caughtUp: () => {} }
}

async function act(screen: Screen, host: ToolHost, url: URL, action: ReplayAction, flags: ReplayFlags): Promise<void> {
  const description = await describeTopologyFile(url)
  const topology = description.name
  const connections = connectionsOf(flags, false)
  const site = { description, connections, instance: 'command', clock: systemClock, log: pinoLogger({ level: flags.logLevel ?? 'warn' }) }
  const generations = await openGenerations(site)
  const control = new ReplayControl(topology, generations, systemClock)
  try {
    if (flags.compare === true) await sayDifferences(screen, control, generations, flags)
    const said = await asked(host, control, topology, action, flags)
    screen.write(flags.json === true ? statusJson(topology, await control.status()) : said ?? statusText(topology, await control.status()))
    if ((action === 'switch' || action === 'drop') && connections['kafka'] !== undefined) await forgetReaders(site, 'replay')
  } finally {
    await generations.close()
  }
}

const mostDifferences = 20

async function sayDifferences(screen: Screen, control: ReplayControl, generations: Generations, { json }: ReplayFlags): Promise<void> {
  const { live, replay } = await control.status()
  if (replay === undefined) return
  const { keys, differing, largest } = await largestDifferences(generations, mostDifferences)
  const behind = recordsBehind(replay.positions, live.positions)
  if (json === true) {
    screen.write(`${JSON.stringify({ type: 'compared', keys, differing, behind, largest })}\n`)
    return
  }
  for (const difference of largest) screen.write(`${differenceText(difference, 'the replay')}\n`)
  screen.write(`compared ${keys} keys with a replay ${behind} records behind: ${differing} differ\n`)
}

async function asked(host: ToolHost, control: ReplayControl, topology: string, action: ReplayAction, flags: ReplayFlags): Promise<string | undefined> {
  switch (action) {
    case 'status':
      return undefined
    case 'pause':
      await control.pause()
      return `${topology} replay is paused\n`
    case 'resume':
      await control.resume()
      return `${topology} replay goes on\n`
    case 'switch': {
      const number = await control.switchOver({ whenCaughtUp: flags.whenCaughtUp === true, waiting: waitingNotes(host, 'the replay') })
      return `${topology} generation ${number} is live; rollback brings the one before it back, drop deletes that\n`
    }
    case 'rollback':
      return `${topology} generation ${await control.rollback()} is live: what was live before the last switch, which counts on from where it was left\n`
    case 'drop':
      return `${topology} ${await control.drop() === 'previous' ? 'the previous generation' : 'replay'} was dropped\n`
  }
}

function wishOf({ from, offsets, to, partition }: ReplayFlags): ReplayWish {
  return { from: from ?? offsets!, ...(to === undefined ? {} : { to }), ...(partition === undefined ? {} : { partitions: partition }) }
}

/** Nothing is started for a replay or a recount: they are of what is there. */
export function connectionsOf(flags: Pick<ReplayFlags, 'brokers' | 'redis' | 'kafkaSettings'>, withKafka: boolean): Connections {
  const connections = parseConnections(flags)
  const missing = (withKafka && connections['kafka'] === undefined ? '--brokers' : undefined) ?? (connections['redis'] === undefined ? '--redis' : undefined)
  if (missing === undefined) return connections
  throw new MillraceError('MR_OPTIONS_INVALID', `${missing} is not given`, { remedy: 'name the servers of the live run: one that started them itself has said their addresses on standard error' })
}

/** Asks on the terminal unless it was given. */
async function confirmName(host: ToolHost, topology: string, given: string | undefined): Promise<void> {
  const name = given ?? await host.ask?.(`The live results will be deleted. Write the name of the topology to go on: `)
  if (name?.trim() === topology) return
  throw new MillraceError('MR_OPTIONS_INVALID', name === undefined ? 'a reset in place deletes the live results and must be confirmed' : `"${name}" is not the name of the topology`, {
    place: { topology },
    remedy: `say --confirm ${topology}`,
  })
}
