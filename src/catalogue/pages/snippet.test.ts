import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import type { JsonObject } from '../../wire/json-types.ts'
import { policyText } from './snippet.ts'

test('a policy is written as people write YAML', () => {
  const policy = {
    version: '1',
    default: 'deny',
    hide: ['on', 'a_tool'],
    tools: {
      'x.y': { require: [{ conditions: [{ path: 'args.a[*]', op: 'in', value: ['1', 'b'] }], on_deny: 'no' }] },
      empty: {},
      'a: b': { rate_limit: '5/hour', labels: [] },
    },
  }
  expect(policyText(policy, 'what it\n is')).toBe(`# what it is
version: "1"
default: deny
hide:
  - on
  - a_tool
tools:
  x.y:
    require:
      - conditions:
          - path: args.a[*]
            op: in
            value:
              - "1"
              - b
        on_deny: no
  empty: {}
  "a: b":
    rate_limit: 5/hour
    labels: []
`)
})

test('whatever names and values a document has, it reads back as the same document', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 30 }),
    fc.constantFrom(
      '- a',
      '? b',
      '# c',
      'null',
      '1e3',
      '~',
      'a\nb',
      ' x ',
      '*a',
      '&a',
      '!t',
      '__proto__',
      '<<',
      '{',
      '|',
      "'",
    ),
  )
  const value = fc.letrec(tie => ({
    any: fc.oneof(
      { depthSize: 'small' },
      text,
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('any'), { maxLength: 4 }),
      tie('map'),
    ),
    map: fc.array(fc.tuple(text, tie('any')), { maxLength: 4 }).map(entries => Object.fromEntries(entries)),
  })).map
  fc.assert(
    fc.property(value, document => {
      const read: unknown = parse(policyText(document as JsonObject, 'a comment'), { merge: false, uniqueKeys: true })
      expect(read ?? {}).toEqual(document)
    }),
    { numRuns: 500 },
  )
})
