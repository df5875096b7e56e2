/**
 * What the engine does to be fast changes no verdict: literals looked for before a pattern is, globs and parts of texts
 * compared without RE2, one comparison where two were specified. The specification and RE2 itself say what is right.
 */
import fc from 'fast-check'
import { RE2JS } from 're2js'
import { describe, expect, test } from 'vitest'
import { Desk } from '../../src/policy/desk.ts'
import { compileGlob } from '../../src/policy/glob.ts'
import { requiredLiterals, searchable } from '../../src/policy/literal.ts'
import { compileComparison, error, yes } from '../../src/policy/operators.ts'
import { readPattern } from '../../src/policy/pattern.ts'
import { compareText } from '../../src/policy/spec-text.ts'
import { foldForDeny } from '../../src/wire/names.ts'

const seed = Number(process.env['POLICY_SEED'] ?? Date.now() % 2 ** 31)

/** Few characters, so that patterns and texts meet; every one that is taken for another one. */
const letters = [
  'a',
  'A',
  'b',
  'k',
  'K',
  '\u212a',
  's',
  'S',
  'ſ',
  'i',
  'I',
  'İ',
  'ı',
  'é',
  'e\u0301',
  'ß',
  'ẞ',
  'ﬀ',
  'ｋ',
]
const others = ['1', '_', '-', ' ', '/', '\n', '😀', '\u0301', '\u200b', 'σ', 'ς', '{', '}', ',', ']', ':']
const character = fc.constantFrom(...letters, ...letters, ...others)
const word = fc.array(character, { maxLength: 6 }).map(parts => parts.join(''))

const atom = fc.oneof(
  { weight: 10, arbitrary: character.map(each => (/[{}\]]/.test(each) ? `\\${each}` : each)) },
  { weight: 1, arbitrary: fc.constantFrom('{', '}', ']', '{,', 'a{,3}', 'a{1') },
  {
    weight: 4,
    arbitrary: fc.constantFrom('.', '^', '$', '\\b', '\\B', '\\d', '\\w', '\\W', '\\s', '\\S', '\\A', '\\z', '(?i)'),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom('\\.', '\\/', '\\x6b', '\\x{212a}', '\\n', '\\pL', '\\p{Ll}', '\\PL', '\\-'),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom('[ak]', '[^a]', '[]a]', '[^]a]', '[[:alpha:]]', '[a\\]k]', '[\\pL1]', '[(]', '[k-s]'),
  },
)
const repeat = fc.constantFrom('', '', '', '', '', '*', '+', '?', '{2}', '{0,2}', '{1,}', '*?', '+?', '{0}')
const { pattern } = fc.letrec<{ pattern: string; part: string; sequence: string }>(tie => ({
  part: fc
    .tuple(
      fc.oneof(
        { maxDepth: 3, depthSize: 'small' },
        { weight: 6, arbitrary: atom },
        {
          weight: 1,
          arbitrary: fc
            .tuple(fc.constantFrom('(', '(?:', '(?i:', '(?s-i:', '(?P<n>'), tie('pattern'))
            .map(([open, inner]) => `${open}${inner})`),
        },
      ),
      repeat,
    )
    .map(parts => parts.join('')),
  sequence: fc.array(tie('part'), { maxLength: 5 }).map(parts => parts.join('')),
  pattern: fc.array(tie('sequence'), { minLength: 1, maxLength: 3 }).map(parts => parts.join('|')),
}))

/** Texts that a pattern may have something to say about: its own characters among others. */
function textsFor(source: string): fc.Arbitrary<string> {
  const own = source.replace(/\(\?[^:)]*[:)]|\\[A-Za-z]|[\\^$*+?()|[\]]/g, '')
  return fc
    .array(fc.oneof({ weight: 2, arbitrary: word }, fc.constantFrom(own, own.toUpperCase(), own.toLowerCase())), {
      maxLength: 3,
    })
    .map(parts => parts.join(''))
}

test(`a literal of a pattern is in every text the pattern matches (seed ${seed})`, () => {
  const seen = { matches: 0, literals: 0, refused: 0 }
  fc.assert(
    fc.property(
      pattern.chain(source =>
        fc.tuple(fc.constant(source), fc.array(textsFor(source), { minLength: 8, maxLength: 8 })),
      ),
      ([source, texts]) => {
        const reading = readPattern(source)
        if (!reading.ok) return
        if (requiredLiterals(source) !== undefined) seen.literals += 1
        const [exact, insensitive] = [RE2JS.compile(source), RE2JS.compile(source, RE2JS.CASE_INSENSITIVE)]
        for (const text of texts) {
          const folded = foldForDeny(text)
          const [one, two, three] = [exact.test(text), insensitive.test(text), insensitive.test(folded)]
          if (one || two) expect(reading.pattern.mayMatch(searchable(text)), `${source} in ${text}`).toBe(true)
          if (three) expect(reading.pattern.mayMatch(searchable(folded)), `${source} in folded ${text}`).toBe(true)
          if (one || two || three) seen.matches += 1
          if (!reading.pattern.mayMatch(searchable(text))) seen.refused += 1
        }
      },
    ),
    { seed, numRuns: 3_000 },
  )
  // a reader that finds no literals, or texts that never match, would prove nothing
  expect(seen.literals).toBeGreaterThan(400)
  expect(seen.matches).toBeGreaterThan(2_000)
  expect(seen.refused).toBeGreaterThan(1_500)
})

describe('literals', () => {
  test.each<[string, readonly string[] | undefined]>([
    ['drop', ['drop']],
    ['\\b(drop|truncate)\\s+table_7\\b', ['table_7']],
    ['^/Users/[^/]+/(\\.ssh|\\.aws|secrets)', ['/users/']],
    ['(?i)DELETE\\s+from', ['delete']],
    ['(drop|truncate)', ['drop', 'truncate']],
    ['drop|trunc.*te', ['drop', 'trunc']],
    ['ab+cd', ['ab']],
    ['ab*cd', ['cd']],
    ['a(?:bcd)?', ['a']],
    ['a(?:bcd)+', ['bcd']],
    ['[abc]def{2}', ['def']],
    ['def{0}', ['de']],
    ['\\.ssh', ['.ssh']],
    ['a{,5}', ['a{,5}']],
    ['Kelvin\u212a', ['kelvin']],
    ['(a|)b', ['b']],
    ['a|', undefined],
    ['[a-z]+', undefined],
    ['\\Qa.b\\E', undefined],
    ['\\x41', undefined],
    ['x*', undefined],
    ['', undefined],
    ['a|b|c|d|e|f|g|h|i', undefined],
  ])('%s: %j', (source, literals) => {
    expect(requiredLiterals(source)).toEqual(literals)
  })

  test('a long pattern of nothing but groups is read in time', () => {
    expect(requiredLiterals(`${'('.repeat(490)}a${')'.repeat(490)}`)).toEqual(['a'])
    expect(requiredLiterals('(?:a|'.repeat(199))).toBeUndefined()
  })
})

const globPart = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('*', '**', '?', '/', '**/', '/**/') },
  { weight: 3, arbitrary: fc.constantFrom('a', 'A', 'k', '.', 'é', '😀', '(', '\ud83d', '\ude00') },
)
const globs = fc.array(globPart, { maxLength: 5 }).map(parts => parts.join(''))
const globTexts = fc
  .array(fc.constantFrom('a', 'A', 'k', '/', '/', '.', 'é', '😀', '(', '\n', '\ud83d', '\ude00', 'aa', 'a/'), {
    maxLength: 7,
  })
  .map(parts => parts.join(''))

/** A glob written as one expression, by the sentences of the policy page. */
function expressionOf(glob: string): RE2JS {
  const source = glob
    .split(/(\*\*\/|\*\*|\*|\?)/)
    .map((part, index, all) => {
      const before = all.slice(0, index).join('')
      if (part === '**/') return before === '' || before.endsWith('/') ? '(?:.*/)?' : '.*/'
      return part === '**' ? '.*' : part === '*' ? '[^/]*' : part === '?' ? '[^/]' : RE2JS.quote(part)
    })
    .join('')
  return RE2JS.compile(source, RE2JS.DOTALL)
}

test(`a glob matches what its expression matches (seed ${seed})`, () => {
  let matched = 0
  fc.assert(
    fc.property(globs, fc.array(globTexts, { minLength: 10, maxLength: 10 }), (glob, texts) => {
      const compiled = compileGlob(glob)
      const expression = expressionOf(glob)
      for (const text of [...texts, glob.replaceAll(/[*?]/g, 'a')]) {
        const expected = expression.matches(text)
        if (expected) matched += 1
        expect(compiled.matches(text), `${JSON.stringify(glob)} on ${JSON.stringify(text)}`).toBe(expected)
      }
    }),
    { seed, numRuns: 3_000 },
  )
  expect(matched).toBeGreaterThan(3_000)
})

const textOps = ['contains', 'starts_with', 'ends_with', 'regex', 'glob'] as const

test(`the comparisons of texts are those of the specification (seed ${seed})`, () => {
  const seen = { yes: 0, no: 0 }
  fc.assert(
    fc.property(
      fc.constantFrom(...textOps),
      fc.boolean(),
      fc.boolean(),
      pattern.chain(source => fc.tuple(fc.constant(source), fc.oneof(word, globs), textsFor(source), globTexts)),
      (op, denies, inRequire, [source, short, text, path]) => {
        const value = op === 'regex' ? source : short
        if (op === 'regex' && !readPattern(value).ok) return
        const found = op === 'glob' ? path : text
        const desk = new Desk()
        const truth = compileComparison(op, value, { holdingDenies: denies, inRequire }, desk)(found, desk)
        const expected = compareText(op, [value], found, denies, inRequire)
        expect(truth === error ? 'error' : truth === yes, JSON.stringify({ op, value, found, denies })).toBe(expected)
        seen[truth === yes ? 'yes' : 'no'] += 1
      },
    ),
    { seed, numRuns: 10_000 },
  )
  expect(seen.yes).toBeGreaterThan(1_000)
  expect(seen.no).toBeGreaterThan(1_000)
})

test('no character folds to something that would hide a literal', () => {
  const hidden: string[] = []
  // planes 2 and up hold ideographs, private use and the ignorable ones, which folding takes out
  for (let point = 0; point <= 0x1ffff; point += 1) {
    const text = String.fromCodePoint(point)
    for (const form of [text, foldForDeny(text)]) if (/[A-Z\u212aſ]/.test(searchable(form))) hidden.push(text)
  }
  expect(hidden).toEqual([])
})
