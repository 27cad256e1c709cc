import { readFileSync } from 'node:fs'
import type { BrokerOptions } from '../embedded/kafka/broker.ts'
import { parseProperties } from '../embedded/kafka/settings/properties-file.ts'
import { MillraceError } from '../errors.ts'
import type { BrokerFlags } from './broker-command.ts'

const usualPort = 9092

/** Throws MR_OPTIONS_INVALID. */
export function brokerOptions({ port, dataDir, host, advertisedHost, setting, settingsFile }: BrokerFlags): BrokerOptions {
  const settings = { ...(settingsFile === undefined ? {} : readSettings(settingsFile)), ...setting }
  const dir = dataDir ?? (settings['log.dirs']?.trim() || settings['log.dir']?.trim() || undefined)
  if (dir === undefined) throw new MillraceError('MR_OPTIONS_INVALID', 'broker: no directory for the records is named', { remedy: 'name one with --data-dir, or as log.dirs in the settings' })
  const listenPort = port ?? (settings['listeners'] === undefined ? usualPort : undefined)
  return {
    dataDir: dir,
    settings,
    ...(host === undefined ? {} : { host }),
    ...(listenPort === undefined ? {} : { port: listenPort }),
    ...(advertisedHost === undefined ? {} : { advertised: advertisedHost }),
  }
}

function readSettings(file: string): Record<string, string> {
  try {
    return parseProperties(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw new MillraceError('MR_OPTIONS_INVALID', `--settings-file: ${file} cannot be read`, { place: { at: file }, remedy: 'name a file in the form of Kafka\'s server.properties', cause })
  }
}
