import type { Clock } from '../../base/clock.ts'
import type { DiskFile } from './disk.ts'
import { FrameBuilder } from './frame-builder.ts'
import { fileHeaderBytes } from './frame.ts'

const sliceMs = 4
const sliceBytes = 256 << 10
const copyBytes = 1 << 20

/**
 * Writes the entries behind the place of the file header, and returns where they end. Between two
 * slices the thread is free for others. Throws what `goOn` throws when it is asked between slices.
 */
export async function writeSnapshot(file: DiskFile, entries: Iterator<Uint8Array>, first: IteratorResult<Uint8Array>, clock: Clock, goOn: () => void): Promise<number> {
  const builder = new FrameBuilder()
  let end = fileHeaderBytes
  let next = first
  while (next.done !== true) {
    const sliceEnd = clock.monotonic() + sliceMs
    do {
      builder.add(next.value)
      next = entries.next()
    } while (next.done !== true && builder.length < sliceBytes && clock.monotonic() < sliceEnd)
    const frame = builder.take()
    await file.write([frame], end)
    end += frame.length
    builder.giveBack(frame)
    goOn()
  }
  return end
}

/** Whole frames, from one journal to another. Returns where they end there. */
export async function copyFrames(from: DiskFile, start: number, end: number, to: DiskFile, at: number): Promise<number> {
  const block = Buffer.allocUnsafe(Math.min(copyBytes, end - start))
  let done = 0
  while (start + done < end) {
    const part = block.subarray(0, Math.min(block.length, end - start - done))
    const read = await from.read(part, start + done)
    if (read < part.length) throw new Error(`the file ends at ${start + done + read} instead of ${end}`)
    await to.write([part], at + done)
    done += read
  }
  return at + done
}
