import { MillraceError } from '../errors.ts'

/** `sentences/0=9720,sentences/1=9560` as offset by `topic/partition`: the first record to read. */
export function parseSeek(text: string): Readonly<Record<string, number>> {
  const seek = new Map<string, number>()
  for (const part of text.split(',').map((part) => part.trim())) {
    const [, topic, number, offset] = /^([\w.-]+)\/(\d+)=(\d+)$/.exec(part) ?? []
    if (topic === undefined) throw refusal(`"${part}" is not topic/partition=offset`)
    const partition = `${topic}/${Number(number)}`
    if (!Number.isSafeInteger(Number(number)) || !Number.isSafeInteger(Number(offset))) throw refusal(`"${part}" has a number that is too large`)
    if (seek.has(partition)) throw refusal(`${partition} is placed twice`)
    seek.set(partition, Number(offset))
  }
  return Object.fromEntries(seek)
}

function refusal(fault: string): MillraceError {
  return new MillraceError('MR_OPTIONS_INVALID', `--seek: ${fault}`, { remedy: 'write it like --seek sentences/0=9720,sentences/1=9560' })
}
