import { Command } from 'commander'
import { idleCpuPercent } from '../idle.ts'
import { withServers } from '../servers.ts'
import { withJsonOption, writeFigures } from './files.ts'

const idleSeconds = 30

export function idleCommand(): Command {
  return withJsonOption(new Command('idle'))
    .description('CPU of a topology with nothing to do')
    .action(async ({ json }: { json?: string }) => {
      const percent = await withServers((servers) => idleCpuPercent(servers, idleSeconds))
      console.log(`idle: ${percent.toFixed(1)} % of one core over ${idleSeconds} s`)
      await writeFigures(json, { idleCpuPercent: percent })
    })
}
