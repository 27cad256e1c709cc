/** The insides of kafkajs 2.2.4 that group membership uses. */
declare module 'kafkajs/src/protocol/requests/joinGroup/v5/request.js' {
  export default function request(options: {
    groupId: string
    sessionTimeout: number
    rebalanceTimeout: number
    memberId: string
    groupInstanceId: string | null
    protocolType: string
    groupProtocols: readonly { readonly name: string; readonly metadata: Buffer }[]
  }): { apiKey: number; apiVersion: number; apiName: string; encode(): Promise<unknown> }
}
declare module 'kafkajs/src/protocol/requests/joinGroup/v5/response.js' {
  export interface Decoded {
    readonly errorCode: number
    readonly generationId: number
    readonly groupProtocol: string
    readonly leaderId: string
    readonly memberId: string
    readonly members: readonly { readonly memberId: string; readonly groupInstanceId: string | null; readonly memberMetadata: Buffer }[]
  }
  const response: { decode(bytes: Buffer): Promise<Decoded> }
  export default response
}

declare module 'kafkajs/src/protocol/requests/syncGroup/v3/request.js' {
  export default function request(options: {
    groupId: string
    generationId: number
    memberId: string
    groupInstanceId: string | null
    groupAssignment: readonly { readonly memberId: string; readonly memberAssignment: Buffer }[]
  }): { apiKey: number; apiVersion: number; apiName: string; encode(): Promise<unknown> }
}
declare module 'kafkajs/src/protocol/requests/syncGroup/v3/response.js' {
  const response: { decode(bytes: Buffer): Promise<{ readonly errorCode: number; readonly memberAssignment: Buffer }> }
  export default response
}

declare module 'kafkajs/src/protocol/requests/heartbeat/v3/request.js' {
  export default function request(options: { groupId: string; groupGenerationId: number; memberId: string; groupInstanceId: string | null }): {
    apiKey: number; apiVersion: number; apiName: string; encode(): Promise<unknown>
  }
}
declare module 'kafkajs/src/protocol/requests/heartbeat/v3/response.js' {
  const response: { decode(bytes: Buffer): Promise<{ readonly errorCode: number }> }
  export default response
}

declare module 'kafkajs/src/protocol/requests/leaveGroup/v3/request.js' {
  export default function request(options: { groupId: string; members: readonly { readonly memberId: string; readonly groupInstanceId: string | null }[] }): {
    apiKey: number; apiVersion: number; apiName: string; encode(): Promise<unknown>
  }
}
declare module 'kafkajs/src/protocol/requests/leaveGroup/v3/response.js' {
  const response: { decode(bytes: Buffer): Promise<{ readonly errorCode: number; readonly members: readonly { readonly errorCode: number }[] }> }
  export default response
}

declare module 'kafkajs/src/protocol/requests/offsetCommit/v5/request.js' {
  export default function request(options: {
    groupId: string
    groupGenerationId: number
    memberId: string
    topics: readonly { readonly topic: string; readonly partitions: readonly { readonly partition: number; readonly offset: string }[] }[]
  }): { apiKey: number; apiVersion: number; apiName: string; encode(): Promise<unknown> }
}
declare module 'kafkajs/src/protocol/requests/offsetCommit/v5/response.js' {
  interface Decoded {
    readonly responses: readonly { readonly topic: string; readonly partitions: readonly { readonly partition: number; readonly errorCode: number }[] }[]
  }
  const response: { decode(bytes: Buffer): Promise<Decoded> }
  export default response
}

declare module 'kafkajs/src/protocol/requests/offsetFetch/v4/request.js' {
  export default function request(options: {
    groupId: string
    topics: readonly { readonly topic: string; readonly partitions: readonly { readonly partition: number }[] }[]
  }): { apiKey: number; apiVersion: number; apiName: string; encode(): Promise<unknown> }
}
declare module 'kafkajs/src/protocol/requests/offsetFetch/v4/response.js' {
  interface Decoded {
    readonly errorCode: number
    readonly responses: readonly { readonly topic: string; readonly partitions: readonly { readonly partition: number; readonly offset: string; readonly errorCode: number }[] }[]
  }
  const response: { decode(bytes: Buffer): Promise<Decoded> }
  export default response
}
