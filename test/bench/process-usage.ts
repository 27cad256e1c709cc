import { readFileSync } from 'node:fs'

/** Linux counts in hundredths of a second, whatever its kernel ticks by. */
const ticksPerSecond = 100

/** User and system time of a process with all its threads since its start. */
export function cpuMs(pid: number): number {
  // The second field is the program's name in brackets, which may hold spaces.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ')
  return ((Number(fields[11]) + Number(fields[12])) / ticksPerSecond) * 1000
}

export function peakRssBytes(pid: number): number {
  return statusBytes(pid, 'VmHWM')
}

export function rssBytes(pid: number): number {
  return statusBytes(pid, 'VmRSS')
}

function statusBytes(pid: number, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) * 1024
}
