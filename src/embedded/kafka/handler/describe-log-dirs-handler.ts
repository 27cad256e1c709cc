import { statfs } from 'node:fs/promises'
import { describeLogDirs } from '../../../wire/api/describe-log-dirs.ts'
import { defineHandler } from '../api-handler.ts'
import type { ApiHandler } from '../api-handler.ts'
import type { Topics } from '../topic/topics.ts'

/** The one directory, with the sizes of its partitions. */
export function describeLogDirsHandler(topics: Topics, logDir: string): ApiHandler<typeof describeLogDirs> {
  return defineHandler({
    api: describeLogDirs,
    async handle(request) {
      const wanted = request.topics === null
        ? topics.all().map(({ name, partitions }) => ({ topic: name, partitions: Array.from({ length: partitions }, (_, i) => i) }))
        : request.topics
      const { bsize, blocks, bavail } = await statfs(logDir)
      return {
        results: [{
          logDir,
          topics: wanted.map(({ topic, partitions }) => ({
            name: topic,
            partitions: partitions.flatMap((partitionIndex) => {
              const log = topics.log(topic, partitionIndex)
              return log === undefined ? [] : [{ partitionIndex, partitionSize: log.sizeBytes }]
            }),
          })).filter(({ partitions }) => partitions.length > 0),
          totalBytes: bsize * blocks,
          usableBytes: bsize * bavail,
        }],
      }
    },
  })
}
