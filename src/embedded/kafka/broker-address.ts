import { MillraceError } from '../../errors.ts'
import type { Settings } from './settings/settings.ts'

/** What of a broker's options says where it is. */
export interface AddressOptions {
  readonly host?: string
  readonly port?: number
  /** `host` or `host:port` that clients are told. */
  readonly advertised?: string
}

export interface BrokerAddress {
  readonly host: string
  readonly port: number
  /** Undefined: each client is told the address it used. */
  readonly advertisedHost: string | undefined
  /** Undefined: the one it listens on. */
  readonly advertisedPort: number | undefined
}

/** Options go before the settings `listeners` and `advertised.listeners`. Throws MR_OPTIONS_INVALID. */
export function brokerAddress(options: AddressOptions, settings: Settings): BrokerAddress {
  const listener = listenerOf(settings, 'listeners')
  const advertised = options.advertised === undefined ? listenerOf(settings, 'advertised.listeners') : parseHostPort(options.advertised, options.advertised)
  return {
    // A listener without a host names none, and so opens nothing to the network.
    host: options.host ?? (listener?.host || '127.0.0.1'),
    port: options.port ?? listener?.port ?? 0,
    advertisedHost: advertised?.host || undefined,
    advertisedPort: advertised?.port,
  }
}

interface HostPort {
  readonly host: string
  readonly port: number | undefined
}

function listenerOf(settings: Settings, name: string): HostPort | undefined {
  const listeners = settings.list(name).filter((listener) => !listener.startsWith('CONTROLLER://'))
  const [listener] = listeners
  if (listener === undefined) return undefined
  if (listeners.length > 1) throw invalid(name, listeners.join(','), 'one listener is served, besides that of the controller')
  const match = /^(\w+):\/\/(.*)$/.exec(listener)
  if (match === null) throw invalid(name, listener, 'it is not PLAINTEXT://host:port')
  if (/SSL|SASL/i.test(match[1]!)) throw invalid(name, listener, 'this broker has neither TLS nor logins; PLAINTEXT is served')
  return parseHostPort(match[2]!, listener)
}

/** Of `host:port`, `host`, `[::1]:port` and `:port`. */
function parseHostPort(text: string, whole: string): HostPort {
  const match = /^(?:\[([\da-fA-F:.]+)\]|([^:\s[\]]*))(?::(\d{1,5}))?$/.exec(text)
  const port = match?.[3] === undefined ? undefined : Number(match[3])
  if (match === null || (port !== undefined && port > 65_535)) throw invalid('address', whole, 'it is not host:port')
  return { host: match[1] ?? match[2] ?? '', port }
}

function invalid(name: string, value: string, fault: string): MillraceError {
  return new MillraceError('MR_OPTIONS_INVALID', `${name}: "${value}": ${fault}`, { remedy: 'write PLAINTEXT://host:port, or leave it out' })
}
