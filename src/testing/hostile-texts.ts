/** Texts that careless code counts wrongly, loses or falls over: names of properties, look-alikes, control characters, blanks of all kinds. */
export const hostileTexts: readonly string[] = [
  '', ' ', '\0', '__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', 'null', 'undefined', 'NaN', '-0', '1e3', '[object Object]',
  'caf\u00e9', 'cafe\u0301', '\u{1f40b}', '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}', '\u202eright to left', '\ufeff', '\ufffd', '\u2028', '\u00a0', '\u3000', '\uffff', '\u{10ffff}',
  'a\tb', 'a\nb', 'a\r\nb', '\u001b[31mred', '\u0007', '\u007f', '\u0085', '\\', '"', "'", '\\u0000', '%s%n', '${0}', '../..', '*', '?', '{}', '<script>alert(1)</script>', '\u0130', '\u00df', '\ufb00',
]

/** Byte sequences that are no UTF-8: lone continuation, cut, overlong, surrogates, beyond the last character, bytes that never occur. */
export const brokenUtf8: readonly Uint8Array[] = [
  [0x80], [0xbf, 0xbf], [0xc3], [0xe2, 0x82], [0xf0, 0x9f, 0x90], [0xc0, 0x80], [0xc1, 0xbf], [0xe0, 0x80, 0xaf], [0xf0, 0x80, 0x80, 0xaf],
  [0xed, 0xa0, 0x80], [0xed, 0xbf, 0xbf], [0xed, 0xa0, 0xbd, 0xed, 0xb0, 0x8b], [0xf4, 0x90, 0x80, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xfe], [0xff], [0xff, 0xfe],
].map((bytes) => Uint8Array.from(bytes))

/** What may stand where JSON wants a value, or must not; among it numbers that no double holds and texts that are no Unicode. */
export const hostileJson: readonly string[] = [
  'null', 'true', 'false', '0', '-0', '1e400', '-1e400', '1e-400', '9007199254740993', '-9007199254740993', '123456789012345678901234567890', '0.1', '1E5', '1e308', '8.64e15', '8640000000000001',
  '""', '"\\ud800"', '"\\udc00\\ud800"', '"a\\ud83d"', '"\\ud83d\\udc0b"', '"\\u0000"', '"\\u005f_proto__"', '"__proto__"', '"constructor"', '"\\/\\b\\f\\n\\r\\t\\"\\\\"', '"1700000000000"', '"-5"', '"01"', '"+1"', '"1e3"', '" 1"', '"9999999999999999"',
  '[]', '{}', '[[[]]]', '{"a":{"b":[]}}', '{"__proto__":{"page":"x"}}', '{"constructor":{"prototype":{}}}', '[null]',
  '', '01', '+1', '.5', '1.', '1e', '-', '0x10', 'NaN', 'Infinity', 'undefined', "'a'", '"\u0000"', '"\t"', '"\\x"', '"\\u12"', '"', '[', '{', ']', '[1,]', '{"a":1,}', '{a:1}', '/**/1', '1 2', '\u00a01', '\ufeff1',
]
