import fc from 'fast-check'
import { expect, test } from 'vitest'
import { stringify } from 'yaml'
import { caseKeys, fileKeys, readCases, stepKeys } from './document.ts'
import { expectationKeys } from './expectation.ts'

const scalar = fc.oneof(
  fc.constantFrom('allow', 'deny', '+5s', '5s', '', 't'),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
)
const value = fc.letrec(tie => ({
  any: fc.oneof({ depthSize: 'small' }, scalar, fc.array(tie('any'), { maxLength: 3 }), tie('object')),
  object: fc.dictionary(
    fc.constantFrom(...fileKeys, ...caseKeys, ...stepKeys, ...expectationKeys, '__proto__'),
    tie('any'),
    { maxKeys: 5 },
  ),
}))

test('whatever is in a file of cases, it is read or every mistake has its place', () => {
  fc.assert(
    fc.property(value.object, document => {
      const { file, problems } = readCases(stringify(document, { aliasDuplicateObjects: false }))
      if (file === undefined) expect(problems.length).toBeGreaterThan(0)
      for (const problem of problems) expect(problem.line, JSON.stringify(problem)).toBeGreaterThan(0)
    }),
    { numRuns: 500 },
  )
})

test.each(['', 'a: [', '- 1', '"text"', 'policy: a\npolicy: b\ncases: []'])(
  'the text %j is refused with a problem',
  text => {
    const { file, problems } = readCases(text)
    expect(file).toBeUndefined()
    expect(problems.length).toBeGreaterThan(0)
  },
)

test('what a level does not say, the one above it says', () => {
  const { file } = readCases(
    stringify({
      policy: 'p',
      caller: { id: 'a', roles: ['r'] },
      time: '2026-01-01T00:00:00Z',
      cases: [
        {
          name: 'n',
          tool: 't',
          args: { x: 1 },
          caller: { roles: [] },
          steps: [{ expect: 'allow' }, { at: '+1m', tool: 'u', caller: { id: 'b' }, expect: 'deny' }],
        },
      ],
    }),
  )
  const [first, second] = file?.cases[0]?.steps ?? []
  expect(first).toMatchObject({
    at: '/cases/0/steps/0',
    offsetMs: 0,
    repeat: 1,
    input: { tool: 't', args: { x: 1 }, caller: { id: 'a', roles: [] } },
  })
  expect(second).toMatchObject({
    offsetMs: 60_000,
    input: { tool: 'u', args: { x: 1 }, caller: { id: 'b', roles: [] }, timeMs: Date.UTC(2026, 0, 1) },
  })
})

test('a step without `at` follows the last call of the one above it', () => {
  const steps = [{ repeat: 3, every: '10s', expect: 'allow' }, { expect: 'deny' }]
  const { file } = readCases(stringify({ policy: 'p', cases: [{ name: 'n', tool: 't', steps }] }))
  expect(file?.cases[0]?.steps.map(step => step.offsetMs)).toEqual([0, 20_000])
})
