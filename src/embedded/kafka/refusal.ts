import { errorCode } from '../../wire/api/error-code.ts'
import type { ErrorCodeName } from '../../wire/api/error-code.ts'

/** A request, or a part of it, that is answered with one of Kafka's error codes. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly kafkaError: ErrorCodeName

  /** The message reaches the client where the response has a place for it, so it names the cause and the next thing to do. */
  constructor(kafkaError: ErrorCodeName, message: string) {
    super(message)
    this.kafkaError = kafkaError
  }

  /** The number on the wire. */
  get code(): number {
    return errorCode[this.kafkaError]
  }
}
