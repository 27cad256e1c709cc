import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { brokerAddress } from '../embedded/kafka/broker-address.ts'
import type { BrokerOptions } from '../embedded/kafka/broker.ts'
import { parseProperties } from '../embedded/kafka/settings/properties-file.ts'
import { Settings } from '../embedded/kafka/settings/settings.ts'
import { MillraceError } from '../errors.ts'
import type { BrokerFlags } from './broker-command.ts'

const usualPort = 9092

/** Directory and addresses stand in the settings as well, where clients that list them find them. Throws MR_OPTIONS_INVALID. */
export function brokerOptions({ port, dataDir, host, advertisedHost, setting, settingsFile }: BrokerFlags): BrokerOptions {
  const settings = { ...(settingsFile === undefined ? {} : readSettings(settingsFile)), ...setting }
  const logDirs = settings['log.dirs']?.trim() || settings['log.dir']?.trim() || undefined
  const dir = dataDir ?? logDirs
  if (dir === undefined) throw new MillraceError('MR_OPTIONS_INVALID', 'broker: no directory for the records is named', { remedy: 'name one with --data-dir, or as log.dirs in the settings' })
  const listenPort = port ?? (settings['listeners'] === undefined ? usualPort : undefined)
  const asked = {
    ...(host === undefined ? {} : { host }),
    ...(listenPort === undefined ? {} : { port: listenPort }),
    ...(advertisedHost === undefined ? {} : { advertised: advertisedHost }),
  }
  const address = brokerAddress(asked, new Settings(settings))
  return {
    ...asked,
    dataDir: dir,
    settings: {
      ...settings,
      'log.dirs': logDirs ?? resolve(dir),
      listeners: listenerText(address.host, address.port),
      ...(address.advertisedHost === undefined ? {} : { 'advertised.listeners': listenerText(address.advertisedHost, address.advertisedPort ?? address.port) }),
    },
  }
}

function listenerText(host: string, port: number): string {
  return `PLAINTEXT://${host.includes(':') ? `[${host}]` : host}:${port}`
}

function readSettings(file: string): Record<string, string> {
  try {
    return parseProperties(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw new MillraceError('MR_OPTIONS_INVALID', `--settings-file: ${file} cannot be read`, { place: { at: file }, remedy: 'name a file in the form of Kafka\'s server.properties', cause })
  }
}
