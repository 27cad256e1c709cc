import type { Engine } from './engine.ts'

/** Hands on the settings that are kept elsewhere, too. */
export function applySettings({ keyspace, settings, users }: Engine): void {
  users.requirePassword(settings.get('requirepass'))
  const byUse = settings.get('maxmemory-policy').endsWith('-lfu')
  keyspace.useCounting = byUse ? { logFactor: settings.get('lfu-log-factor'), decayMinutes: settings.get('lfu-decay-time') } : undefined
}
