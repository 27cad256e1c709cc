import { describe, expect, test } from 'vitest'
import { brokerSettings, settingsWithoutEffect } from '../../../../src/embedded/kafka/settings/broker-settings.ts'
import { describeBrokerSettings, describeTopicSettings } from '../../../../src/embedded/kafka/settings/described.ts'
import { valueFault } from '../../../../src/embedded/kafka/settings/setting.ts'
import type { Setting } from '../../../../src/embedded/kafka/settings/setting.ts'
import { Settings, withoutEffect } from '../../../../src/embedded/kafka/settings/settings.ts'
import { topicSettings } from '../../../../src/embedded/kafka/settings/topic-settings.ts'

const day = 86_400_000

describe('the table of settings', () => {
  const broker = new Set(brokerSettings.map(({ name }) => name))

  test('names each setting once', () => {
    expect(broker.size).toBe(brokerSettings.length)
    expect(new Set(topicSettings.map(({ name }) => name)).size).toBe(topicSettings.length)
    expect(settingsWithoutEffect.filter(({ name }) => broker.has(name))).toEqual([])
  })

  test.each([...brokerSettings, ...topicSettings])('has a default for $name that it would allow itself', (setting) => {
    if (setting.fallback !== null && setting.fallback !== '') expect(valueFault(setting, setting.fallback)).toBeUndefined()
  })

  test.each([...brokerSettings, ...topicSettings])('follows from $name only what there is', ({ follows = [] }) => {
    for (const { name } of follows) expect(broker).toContain(name)
  })
})

describe('a value', () => {
  const of = (type: Setting['type'], more: Partial<Setting> = {}): Setting => ({ name: 'x', type, fallback: null, documentation: '', ...more })

  test.each<[Setting, string, string | undefined]>([
    [of('boolean'), ' TRUE ', undefined],
    [of('boolean'), 'yes', 'must be true or false'],
    [of('int'), '2147483647', undefined],
    [of('int'), '2147483648', 'must be a whole number of 32 bits'],
    [of('int'), '1.5', 'must be a whole number of 32 bits'],
    [of('int', { min: 1 }), '0', 'must be at least 1'],
    [of('int', { min: 1, max: 3 }), '4', 'must be from 1 to 3'],
    [of('long'), '9223372036854775807', undefined],
    [of('long'), '9223372036854775808', 'must be a whole number of 64 bits'],
    [of('long'), '', 'must be a whole number'],
    [of('double', { min: 0, max: 1 }), '0.5', undefined],
    [of('double'), 'x', 'must be a number'],
    [of('double'), '', 'must be a number'],
    [of('string', { oneOf: ['a', 'b'] }), 'c', 'must be one of a, b'],
    [of('list', { oneOf: ['a', 'b'] }), 'a, b', undefined],
    [of('list', { oneOf: ['a', 'b'] }), 'a,c', 'must be a list of a, b; c is none of them'],
    [of('list'), 'a,a', 'must not have a word twice'],
  ])('%o takes %j: %s', (setting, text, fault) => {
    expect(valueFault(setting, text)).toBe(fault)
  })
})

describe('settings a broker is started with', () => {
  test('are refused all at once, with the names that may be meant', () => {
    expect(() => new Settings({ 'num.partition': '1', 'log.segment.bytes': 'big', 'ssl.keystore.location': 'x', 'zzz': '1' })).toThrow(
      'num.partition: no such setting; did you mean num.partitions?; log.segment.bytes=big: must be a whole number of 32 bits; ssl.keystore.location: this broker has neither TLS nor logins; zzz: no such setting')
  })

  test('may be those of Kafka that mean nothing on one node', () => {
    const given = { 'num.io.threads': '8', 'process.roles': 'broker,controller', 'num.partitions': '3' }
    expect(new Settings(given).number('num.partitions')).toBe(3)
    expect(withoutEffect(given)).toEqual(['num.io.threads', 'process.roles'])
  })

  test.each([
    ['num.network.threads', 'abc', 'must be a whole number of 32 bits'],
    ['num.io.threads', '0', 'must be at least 1'],
    ['log.preallocate', 'maybe', 'must be true or false'],
    ['process.roles', 'broker,observer', 'must be a list of broker, controller; observer is none of them'],
    ['offsets.topic.replication.factor', '40000', 'must be from 1 to 32767'],
    ['log.cleaner.io.buffer.load.factor', 'half', 'must be a number'],
    ['log.roll.jitter.ms', '1h', 'must be a whole number'],
  ])('are refused with a value Kafka would refuse also where they have no effect: %s=%s', (name, value, fault) => {
    expect(() => new Settings({ [name]: value })).toThrow(`${name}=${value}: ${fault}`)
  })

  test('give way to what is altered for all brokers, and that to what is altered for this one', () => {
    const settings = new Settings({ 'message.max.bytes': '1000' })
    settings.alter({ broker: {}, cluster: { 'message.max.bytes': '2000' } })
    expect(settings.number('message.max.bytes')).toBe(2000)
    settings.alter({ broker: { 'message.max.bytes': '3000' }, cluster: { 'message.max.bytes': '2000' } })
    expect(settings.number('message.max.bytes')).toBe(3000)
    settings.alter({ broker: {}, cluster: {} })
    expect(settings.number('message.max.bytes')).toBe(1000)
  })
})

describe('how long records are kept', () => {
  const retention = (given: Record<string, string>, topic: Record<string, string> = {}) => new Settings(given).logSettings(topic).retentionMs

  test.each<[Record<string, string>, number]>([
    [{}, 7 * day],
    [{ 'log.retention.hours': '24' }, day],
    [{ 'log.retention.hours': '24', 'log.retention.minutes': '3' }, 180_000],
    [{ 'log.retention.hours': '24', 'log.retention.minutes': '3', 'log.retention.ms': '5' }, 5],
    [{ 'log.retention.hours': '-1' }, -1],
  ])('%j is %s ms', (given, ms) => {
    expect(retention(given)).toBe(ms)
    expect(retention(given, { 'retention.ms': '77' })).toBe(77)
  })
})

describe('the settings of a log', () => {
  test('are those of the topic over those of the broker', () => {
    const settings = new Settings({ 'log.segment.bytes': '4096', 'log.cleanup.policy': 'compact', 'compression.type': 'zstd' })
    expect(settings.logSettings({ 'cleanup.policy': 'compact,delete', 'flush.messages': '1' })).toMatchObject({
      segmentBytes: 4096, cleanupPolicy: { delete: true, compact: true }, flushMessages: 1, compressionType: 'zstd', maxMessageBytes: 1_048_588, segmentMs: 7 * day, messageTimestampType: 'CreateTime',
    })
  })
})

describe('a description', () => {
  const find = <T extends { readonly name: string }>(all: readonly T[], name: string): T => all.find((one) => one.name === name)!

  test('of a topic says where each value comes from', () => {
    const settings = new Settings({ 'log.retention.hours': '24' })
    settings.alter({ broker: { 'message.max.bytes': '5' }, cluster: { 'message.max.bytes': '4' } })
    const all = describeTopicSettings(settings, { 'segment.bytes': '9999' }, undefined)
    expect(find(all, 'segment.bytes')).toMatchObject({ value: '9999', source: 1, synonyms: [{ name: 'segment.bytes', value: '9999', source: 1 }, { name: 'log.segment.bytes', value: '1073741824', source: 5 }] })
    expect(find(all, 'max.message.bytes')).toMatchObject({ value: '5', source: 2 })
    expect(find(all, 'retention.ms')).toMatchObject({ value: String(day), source: 5, synonyms: [], readOnly: false, type: 5 })
    expect(find(all, 'cleanup.policy')).toMatchObject({ value: 'delete', source: 5, type: 7 })
  })

  test('of a broker has all settings, or those asked for', () => {
    const settings = new Settings({ 'num.partitions': '3' })
    expect(describeBrokerSettings(settings, undefined).length).toBe(brokerSettings.length)
    expect(describeBrokerSettings(settings, new Set(['num.partitions', 'log.retention.ms', 'x']))).toMatchObject([
      { name: 'num.partitions', value: '3', source: 4, readOnly: true },
      { name: 'log.retention.ms', value: null, source: 5, readOnly: false },
    ])
  })
})
