import { describe, expect, test } from 'vitest'
import { parseProperties } from '../../../../src/embedded/kafka/settings/properties-file.ts'

describe('a file of properties', () => {
  test.each([
    ['num.partitions=4', { 'num.partitions': '4' }],
    ['num.partitions: 4\r\n  log.dirs =  /a b/c  ', { 'num.partitions': '4', 'log.dirs': '/a b/c' }],
    ['# a comment\n! another\n\na=1 # no comment', { a: '1 # no comment' }],
    ['listeners=PLAINTEXT://:9092', { listeners: 'PLAINTEXT://:9092' }],
    ['a=1,\\\n   2,\\\n   3\nb', { a: '1,2,3', b: '' }],
    ['a=C:\\\\data\\tx\\u0041', { a: 'C:\\data\txA' }],
    ['a\\=b=c', { 'a=b': 'c' }],
    ['a=1\na=2', { a: '2' }],
    ['a=1\\', { a: '1' }],
    ['', {}],
  ])('%j', (text, found) => {
    expect(parseProperties(text)).toEqual(found)
  })
})
