import { Command } from 'commander'
import { idleCpuPercent, soak } from '../endurance.ts'
import { lineChart } from '../plot/line-chart.ts'
import { withServers } from '../servers.ts'
import { withJsonOption, withPlotsOption, writeFigures, writePlot } from './files.ts'
import { positive } from './positive.ts'

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
  return withPlotsOption(withJsonOption(new Command('soak')))
    .description('memory of a topology under a steady flow')
    .option('--minutes <n>', 'how long', positive, 10)
    .action(async ({ minutes, json, plots }: { minutes: number; json?: string; plots?: string }) => {
      const figures = await withServers((servers) => soak(servers, minutes, console.log))
      console.log(`soak: ${figures.records} records, memory grows by ${figures.slopeMbPerMinute.toFixed(2)} MB a minute`)
      await writeFigures(json, figures)
      if (plots === undefined) return
      const points = figures.rssMb.map((megabytes, n) => [n * figures.everySeconds, megabytes] as const)
      await writePlot(plots, 'soak', lineChart({ title: 'Memory under a steady flow', x: { name: 'seconds' }, y: { name: 'MB' }, series: [{ name: 'resident memory', points }] }))
    })
}
