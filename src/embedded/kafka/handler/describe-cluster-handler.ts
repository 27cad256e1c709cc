import { describeCluster } from '../../../wire/api/describe-cluster.ts'
import { errorCode } from '../../../wire/api/error-code.ts'
import { defineHandler } from '../api-handler.ts'
import type { ApiHandler } from '../api-handler.ts'
import { everyOperation } from '../node.ts'
import type { BrokerNode } from '../node.ts'

const brokers = 1

export function describeClusterHandler(node: BrokerNode): ApiHandler<typeof describeCluster> {
  return defineHandler({
    api: describeCluster,
    handle({ includeClusterAuthorizedOperations, endpointType }, context) {
      if (endpointType !== brokers) {
        return { errorCode: errorCode.MISMATCHED_ENDPOINT_TYPE, errorMessage: 'The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type CONTROLLER', endpointType, clusterId: node.clusterId }
      }
      return {
        clusterId: node.clusterId,
        controllerId: node.id,
        brokers: [{ brokerId: node.id, ...node.addressFor(context), rack: node.rack }],
        ...(includeClusterAuthorizedOperations ? { clusterAuthorizedOperations: everyOperation.cluster } : {}),
      }
    },
  })
}
