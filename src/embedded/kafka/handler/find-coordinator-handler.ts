import { errorCode } from '../../../wire/api/error-code.ts'
import { findCoordinator } from '../../../wire/api/find-coordinator.ts'
import { defineHandler } from '../api-handler.ts'
import type { ApiHandler } from '../api-handler.ts'
import type { BrokerNode } from '../node.ts'

const group = 0
const transaction = 1

export function findCoordinatorHandler(node: BrokerNode): ApiHandler<typeof findCoordinator> {
  return defineHandler({
    api: findCoordinator,
    handle(request, context) {
      const known = request.keyType === group || request.keyType === transaction
      const found = known
        ? { nodeId: node.id, ...node.addressFor(context) }
        : { nodeId: -1, host: '', port: -1, errorCode: errorCode.INVALID_REQUEST, errorMessage: `there is no coordinator of type ${request.keyType} here` }
      return context.version < 4 ? found : { coordinators: request.coordinatorKeys.map((key) => ({ key, ...found })) }
    },
  })
}
