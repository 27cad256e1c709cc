import { defineApi } from '../message/api.ts'
import { array, boolean, int16, int32, int8, string } from '../message/field.ts'

export const describeCluster = defineApi({
  name: 'DescribeCluster',
  key: 60,
  versions: [0, 1],
  flexibleSince: 0,
  request: {
    includeClusterAuthorizedOperations: boolean(),
    /** 1: brokers, 2: controllers. */
    endpointType: int8({ since: 1, fallback: 1 }),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: 0, fallback: null }),
    endpointType: int8({ since: 1, fallback: 1 }),
    clusterId: string(),
    controllerId: int32({ fallback: -1 }),
    brokers: array({
      brokerId: int32(),
      host: string(),
      port: int32(),
      rack: string({ nullable: 0, fallback: null }),
    }),
    clusterAuthorizedOperations: int32({ fallback: -0x8000_0000 }),
  },
})
