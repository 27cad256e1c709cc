import { Command } from 'commander'
import { idleCpuPercent, soak } from '../endurance.ts'
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

export function soakCommand(): Command {
  return withJsonOption(new Command('soak'))
    .description('memory of a topology under a steady flow')
    .option('--minutes <n>', 'how long', Number, 10)
    .action(async ({ minutes, json }: { minutes: number; json?: string }) => {
      const figures = await withServers((servers) => soak(servers, minutes, console.log))
      console.log(`soak: ${figures.records} records, memory grows by ${figures.slopeMbPerMinute.toFixed(2)} MB a minute`)
      await writeFigures(json, figures)
    })
}
