import { redactText } from '../base/redact.ts'
import { MillraceError, type ErrorCode } from '../errors.ts'

/** Answers that pass when Redis has recovered, failed over or been given memory. */
const passing = new Set(['LOADING', 'BUSY', 'READONLY', 'OOM', 'CLUSTERDOWN', 'MASTERDOWN', 'TRYAGAIN', 'MISCONF', 'NOREPLICAS'])
const unauthorized = new Set(['NOAUTH', 'WRONGPASS', 'NOPERM'])
const sharded = new Set(['MOVED', 'ASK', 'CROSSSLOT'])

/**
 * A command that did not succeed. Of the client's error only the message is kept, without arguments and
 * secrets: the error itself carries the command, and the password of AUTH.
 */
export class RedisFault extends Error {
  override readonly name = 'RedisFault'
  /** First word of Redis's answer (`OOM`, `NOPERM`); empty when there was none and the outcome is unknown. */
  readonly code: string

  constructor(message: string, answered: boolean, secrets: readonly string[] = []) {
    const text = withoutSecrets(message, secrets)
    super(text)
    this.code = answered ? (/^[A-Z]+(?= |$)/.exec(text)?.[0] ?? 'ERR') : ''
  }

  /** True when sending the same again later may succeed. */
  get passes(): boolean {
    return this.code === '' || passing.has(this.code) || this.message.includes('max number of clients')
  }

  get unauthorized(): boolean {
    return unauthorized.has(this.code) || this.message.includes('user executing the script can')
  }

  /** What the user is told when it does not pass. */
  toError(address: string): MillraceError {
    const [code, remedy] = explained(this)
    return new MillraceError(code, `Redis answers: ${this.message}`, { place: { at: address }, remedy })
  }
}

/** As if the connection had gone with the reply on it. */
export function lostReply(): RedisFault {
  return new RedisFault('the reply was lost', false)
}

function explained(fault: RedisFault): readonly [ErrorCode, string] {
  if (fault.unauthorized) {
    return ['MR_REDIS_AUTH', 'give a user and password that may run EVAL, EVALSHA, INFO, TYPE, EXISTS, HGET, HMGET, HSET and the commands of the sinks on the keys of this topology']
  }
  if (sharded.has(fault.code)) return ['MR_REDIS_CLUSTER', 'use a Redis that is not a cluster']
  if (fault.code === 'WRONGTYPE') return ['MR_REDIS_BADTYPE', 'the keys {topology}:offsets, :meta, :fates, :dead-letters and :windows must be left to millrace; remove what is there']
  return ['MR_REDIS_REFUSED', 'mend the cause on the Redis server and start again; nothing of the refused commit was written']
}

/** Redis quotes the arguments of a command it does not know, and old ones do not know AUTH with a user. */
function withoutSecrets(message: string, secrets: readonly string[]): string {
  let text = message.replace(/,? with args beginning with:.*$/s, '')
  for (const secret of secrets) if (secret !== '') text = text.replaceAll(secret, '[redacted]')
  return redactText(text)
}
