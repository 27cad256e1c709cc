/**
 * A request that failed and may work when tried again, perhaps on another broker: the caller decides.
 * What can never work is a MillraceError instead.
 */
export class KafkaFailure extends Error {
  override readonly name = 'KafkaFailure'
  /** Kafka's name of the error (`NOT_COORDINATOR_FOR_GROUP`), or `CONNECTION`, or `TIMEOUT`. */
  readonly type: string
  readonly retriable: boolean

  constructor(type: string, message: string, retriable: boolean) {
    super(message)
    this.type = type
    this.retriable = retriable
  }
}

/** As if the connection had gone with the answer on it. */
export function lostAnswer(): KafkaFailure {
  return new KafkaFailure('CONNECTION', 'the answer was lost', true)
}
