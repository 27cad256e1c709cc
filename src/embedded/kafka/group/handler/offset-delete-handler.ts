import { errorCode } from '../../../../wire/api/error-code.ts'
import { offsetDelete } from '../../../../wire/api/offset-delete.ts'
import type { ResponseToWrite } from '../../../../wire/message/api.ts'
import { defineHandler } from '../../api-handler.ts'
import type { ApiHandler } from '../../api-handler.ts'
import type { GroupOffsets } from '../group-offsets.ts'
import { outcomesToWrite } from './offset-topics.ts'
import { orRefused } from './or-refused.ts'

export function offsetDeleteHandler(offsets: GroupOffsets): ApiHandler<typeof offsetDelete> {
  return defineHandler({
    api: offsetDelete,
    handle({ groupId, topics }) {
      if (groupId === '') return { errorCode: errorCode.INVALID_GROUP_ID }
      const deleted = topics.map(({ name, partitions }) => ({ name, partitions: partitions.map(({ partitionIndex }) => partitionIndex) }))
      return orRefused<ResponseToWrite<typeof offsetDelete>>(
        async () => ({ topics: outcomesToWrite(await offsets.delete(groupId, deleted)) }),
        (error) => ({ errorCode: errorCode[error] }),
      )
    },
  })
}
