import { expect, test } from 'vitest'
import { foldForDeny } from '../../wire/names.ts'
import { compileGlob, isEvasive, tokensOf } from '../glob.ts'
import { TextMachine, type TextPattern } from './text-machine.ts'

interface Asked {
  readonly form: 'exact' | 'folded'
  readonly glob: string
}

/** Every text of up to three of these characters: letters in three forms, marks, what `glob` looks at. */
function* texts(): Generator<string> {
  const characters = ['a', 'A', 'ａ', 'b', 'x', '/', '.', '\\', '\u0301', '\u200b', 'ω']
  let shorter = ['']
  yield ''
  for (let length = 1; length <= 3; length += 1) {
    shorter = shorter.flatMap(text => characters.map(character => text + character))
    yield* shorter
  }
}

function fatesOf(asked: readonly Asked[]) {
  const patterns = asked.map(({ form, glob }): TextPattern => ({ form, alternatives: [tokensOf(glob)] }))
  return new TextMachine(patterns, { watchesPlace: true }).explore(1_000_000)
}

function real(asked: readonly Asked[], text: string): string {
  const matches = asked.map(({ form, glob }) => compileGlob(glob).matches(form === 'exact' ? text : foldForDeny(text)))
  return `${matches.map(Number).join('')} ${isEvasive(text)}`
}

const cases: readonly (readonly Asked[])[] = [
  [],
  [{ form: 'exact', glob: 'a' }],
  [{ form: 'folded', glob: 'a' }],
  [
    { form: 'exact', glob: 'a**' },
    { form: 'folded', glob: 'a**' },
  ],
  [
    { form: 'exact', glob: '**a' },
    { form: 'folded', glob: '**ab**' },
    { form: 'exact', glob: 'b' },
  ],
  [
    { form: 'exact', glob: '/a/*' },
    { form: 'exact', glob: '/a/**' },
    { form: 'folded', glob: '**/a' },
  ],
  [
    { form: 'exact', glob: '?' },
    { form: 'folded', glob: '?' },
    { form: 'exact', glob: 'a*' },
  ],
  [
    { form: 'exact', glob: 'ω' },
    { form: 'folded', glob: 'ω**' },
    { form: 'exact', glob: 'ａ' },
  ],
]

test.each(cases.map(asked => [JSON.stringify(asked), asked] as const))('%s', (_title, asked) => {
  const { fates, complete } = fatesOf(asked)
  expect(complete).toBe(true)
  const found = new Set(
    fates.map(({ matches, evasive }) => `${asked.map((_, index) => Number(matches.has(index))).join('')} ${evasive}`),
  )
  for (const text of texts()) expect(found, JSON.stringify(text)).toContain(real(asked, text))
  for (const { matches, evasive, text } of fates) {
    if (text === undefined) continue
    expect(`${asked.map((_, index) => Number(matches.has(index))).join('')} ${evasive}`, text).toBe(real(asked, text))
  }
})

test('an exact pattern nobody asks about where the folded one matches is left alone there', () => {
  const patterns: TextPattern[] = [
    { form: 'exact', alternatives: [tokensOf('**ab**')], coveredBy: 1 },
    { form: 'folded', alternatives: [tokensOf('**ab**')] },
  ]
  const { fates } = new TextMachine(patterns).explore(1_000_000)
  expect(fates.map(({ matches }) => [...matches].join()).sort()).toEqual(['', '0', '1'])
})

test('a bound on steps is kept, and said', () => {
  const patterns = Array.from({ length: 12 }, (_, index): TextPattern => {
    return { form: 'exact', alternatives: [tokensOf(`**word${index}**`)] }
  })
  expect(new TextMachine(patterns).explore(5_000).complete).toBe(false)
})

test('an alphabet is all there is', () => {
  const machine = new TextMachine([{ form: 'exact', alternatives: [tokensOf('a?')] }], { alphabet: /^[ab]$/ })
  for (const { text } of machine.explore(10_000).fates) expect(text).toMatch(/^[ab]*$/)
})
