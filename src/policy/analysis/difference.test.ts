import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { workMs } from '../../../test/fixtures/growth.ts'
import { callOf, loadedOf } from '../../../test/fixtures/policy-call.ts'
import { decide } from '../decide.ts'
import { inputOf } from './call.ts'
import { differenceOf } from './difference.ts'
import { otherChanges } from './other-changes.ts'
import { looseningOf } from './permissiveness.ts'

const leaf = (path: string, op: string, value: unknown) => ({ conditions: [{ path, op, value }] })
const entry = (rules: object, more: object = {}) => ({ version: '1', tools: { t: rules }, ...more })
const limit = (counter: string, window: string, max: number, other: object = {}) => ({ counter, window, max, ...other })

function diff(before: unknown, after: unknown) {
  const sides = [loadedOf(before), loadedOf(after)] as const
  const difference = differenceOf(...sides)
  for (const { verdicts } of difference.tools) {
    for (const { from, to, call } of verdicts) {
      const input = inputOf(call)
      if (input === undefined) throw new Error('not a call')
      expect(sides.map(({ policy }) => decide(policy, input).effect)).toEqual([from, to])
    }
  }
  return difference
}

/** `from → to: words`, of all tools. */
function said(before: unknown, after: unknown): readonly string[] {
  return diff(before, after).tools.flatMap(({ verdicts }) =>
    verdicts.map(({ from, to, when }) => `${from} → ${to}: ${when.join(', and ') || 'every call'}`),
  )
}

test.each<[string, object, object, string[]]>([
  [
    'a bound is lowered',
    { deny_if: [leaf('args.amount', 'gt', 1000)] },
    { deny_if: [leaf('args.amount', 'gt', 500)] },
    ['allow → deny: `args.amount` is over 500 and at most 1000'],
  ],
  [
    'a denial becomes a requirement',
    { deny_if: [leaf('args.amount', 'gt', 1000)] },
    { require: [leaf('args.amount', 'lte', 1000)] },
    ['allow → deny: `args.amount` is left out'],
  ],
  [
    'a value joins a list',
    { require: [leaf('args.c', 'in', ['usd', 'eur'])] },
    { require: [leaf('args.c', 'in', ['gbp', 'eur', 'usd'])] },
    ['deny → allow: `args.c` is "gbp"'],
  ],
  [
    'a glob becomes a prefix',
    { require: [leaf('args.path', 'glob', '/srv/**')] },
    { require: [leaf('args.path', 'starts_with', '/srv/')] },
    ['deny → allow: `args.path` does not match "/srv/**" and starts with "/srv/"'],
  ],
  [
    'a new denial',
    {},
    { deny_if: [leaf('args.path', 'starts_with', '/etc')] },
    ['allow → deny: `args.path` starts with "/etc"; or is given and not text'],
  ],
  [
    'elements of a list',
    { require: [leaf('args.to[*]', 'ends_with', '@a.com')] },
    { require: [leaf('args.to[*]', 'ends_with', '@b.a.com')] },
    [
      'allow → deny: some `args.to[*]` does not end with "@b.a.com" and every `args.to[*]` ends with "@a.com"',
      'deny → allow: some `args.to[*]` does not end with "@a.com" and every `args.to[*]` ends with "@b.a.com"',
    ],
  ],
  [
    'two paths',
    { deny_if: [leaf('args.c', 'eq', 'gbp')] },
    { deny_if: [leaf('args.amount', 'gt', 500)] },
    [
      'allow → deny: `args.amount` is over 500; or is given and not a number, and `args.c` is not "gbp" or is left out',
      'deny → allow: `args.c` is "gbp"; or is given and not text, and `args.amount` is at most 500 or is left out',
    ],
  ],
  [
    'a question comes in, with a denial behind it',
    { approve_if: [leaf('args.amount', 'gt', 500)] },
    { approve_if: [leaf('args.amount', 'gt', 100)], deny_if: [leaf('args.amount', 'gt', 1000)] },
    ['ask → deny: `args.amount` is over 1000', 'allow → ask: `args.amount` is over 100 and at most 500'],
  ],
  [
    'somebody else is asked, too',
    { approve_if: [{ ...leaf('args.amount', 'gt', 500), approvers: ['a'] }] },
    {
      approve_if: [
        { ...leaf('args.amount', 'gt', 500), approvers: ['a'] },
        { ...leaf('args.amount', 'gt', 900), approvers: ['b'] },
        { ...leaf('args.amount', 'gt', 950), approvers: ['a'] },
      ],
    },
    ['ask → ask: `args.amount` is over 900'],
  ],
  ['an action', { action: 'require_approval' }, {}, ['ask → allow: every call']],
  [
    'an hour',
    { require: [leaf('time.hour', 'lt', 17)] },
    { require: [leaf('time.hour', 'lt', 18)] },
    ['deny → allow: `time.hour` is at least 17 and is below 18'],
  ],
  [
    'who calls',
    { require: [leaf('caller.roles', 'contains', 'admin')] },
    { require: [leaf('caller.kind', 'eq', 'person')] },
    [
      'allow → deny: `caller.kind` is not "person", and `caller.roles` contains "admin"',
      'deny → allow: `caller.roles` does not contain "admin", and `caller.kind` is "person"',
    ],
  ],
])('%s', (_title, before, after, wanted) => {
  const words = said(entry(before), entry(after))
  expect([...words].sort()).toEqual([...wanted].sort())
})

const rules = {
  require: [leaf('args.a', 'lte', 5), leaf('args.b', 'in', ['x', 'y'])],
  deny_if: [leaf('args.c', 'regex', '^[a-z]+$'), { when: 'args.a == args.d' }, leaf('args.to[*]', 'eq', 'z')],
  limits: [limit('one', 'day', 5), limit('two', 'hour', 2, { key: 'args.b' })],
}

test.each<[string, unknown, unknown]>([
  ['itself', entry(rules), entry(rules)],
  [
    'its rules in another order',
    entry(rules),
    entry({
      limits: rules.limits.toReversed(),
      deny_if: rules.deny_if.toReversed(),
      require: rules.require.toReversed(),
    }),
  ],
  ['counters by other names', entry({ limits: [limit('a', 'day', 5)] }), entry({ limits: [limit('b', 'day', 5)] })],
  [
    'a rule written as two',
    entry({ require: rules.require }),
    entry({ require: [{ all: rules.require.flatMap(rule => rule.conditions) }] }),
  ],
  [
    'paths written with quotes',
    entry({ deny_if: [leaf('args.a', 'gt', 5)] }),
    entry({ deny_if: [leaf('args["a"]', 'gt', 5)] }),
  ],
  [
    'a denial said the other way round',
    entry({ deny_if: [leaf('args.a', 'eq', 'x')] }),
    entry({ deny_if: [{ not: { path: 'args.a', op: 'neq', value: 'x' } }] }),
  ],
  [
    'what is denied twice',
    entry({ deny_if: [leaf('args.a', 'gt', 5)] }),
    entry({ deny_if: [leaf('args.a', 'gt', 5), leaf('args.a', 'gt', 9)] }),
  ],
  [
    'a limit behind a tighter one',
    entry({ limits: [limit('a', 'day', 5)] }),
    entry({ limits: [limit('a', 'day', 5), limit('a', 'hour', 9)] }),
  ],
  [
    'an entry written out',
    { version: '1', tools: { 'get_*': {} } },
    { version: '1', tools: { 'get_*': {}, get_user: {} } },
  ],
  [
    'what is denied either way',
    entry({ action: 'deny' }),
    entry({ action: 'deny', deny_if: [leaf('args.a', 'gt', 5)] }),
  ],
  [
    'other words',
    entry({ deny_if: [{ ...leaf('args.a', 'gt', 5), on_deny: 'no' }] }),
    entry({ deny_if: [leaf('args.a', 'gt', 5)] }),
  ],
])('%s makes no difference', (_title, before, after) => {
  expect(diff(before, after)).toEqual({ tools: [], complete: true })
  expect(diff(after, before)).toEqual({ tools: [], complete: true })
})

test.each(['hosted.json', 'intercept.yaml', 'faq.json', 'connections-create-handoff.json', 'handoffs-operator.json'])(
  'the normal form of %s makes no difference',
  file => {
    const text = readFileSync(`test/fixtures/policies/${file}`, 'utf8')
    const { document } = loadedOf(text)
    expect(diff(text, document)).toEqual({ tools: [], complete: true })
    expect(otherChanges(document, loadedOf(document).document)).toEqual([])
  },
)

test('names are told apart by what lists them', () => {
  const before = { version: '1', tools: { 'get_*': {}, delete_file: {} } }
  const after = { version: '1', default: 'allow', hide: ['delete_*'], tools: { 'get_*': { action: 'deny' } } }
  const shown = diff(before, after).tools.map(({ tools, verdicts, listed }) => [tools, verdicts[0]?.to, listed?.after])
  expect(shown).toEqual([
    [['`delete_file`'], 'deny', false],
    [['tools that match `get_*`'], 'deny', undefined],
    [
      [
        'every other tool',
        ...['resources/read', 'resources/subscribe', 'prompts/get', 'completion/complete'].map(door => `\`${door}\``),
      ],
      'allow',
      true,
    ],
    [['names that match `get_*` but for case'], undefined, true],
  ])
})

test('a name that only looks like a listed one has its restrictions, and is said with it', () => {
  const [change] = diff(entry({}, { default: 'allow' }), entry({ action: 'deny' }, { default: 'allow' })).tools
  expect(change?.tools).toEqual(['`t`', 'names that equal `t` but for case'])
})

test('what cannot be worked out is said, with the rules that ask it', () => {
  const before = entry({ deny_if: [{ when: 'args.a == args.b' }] })
  const after = entry({ deny_if: [{ when: 'args.b == args.a' }] })
  const [change] = diff(before, after).tools
  expect(change?.verdicts).toEqual([])
  expect(change?.open.map(({ from, to, at }) => [from, to, at])).toEqual([
    ['allow', 'deny', ['/tools/t/deny_if/0']],
    ['deny', 'allow', ['/tools/t/deny_if/0']],
  ])
  expect(change?.open[0]?.why).toBe(
    '`when: args.b == args.a`, `when: args.a == args.b` cannot be worked out, and nothing that was tried is an example',
  )
})

test('an expression is tried with the values that stand in it', () => {
  const words = said(entry({}), entry({ deny_if: [{ when: 'args.amount > 500.0 && args.currency == "usd"' }] }))
  expect(words).toEqual([
    'allow → deny: `when: args.amount > 500.0 && args.currency == "usd"` holds or cannot be evaluated',
  ])
})

test('an expression about sizes is tried with texts and lists of that size', () => {
  const rule = (size: number) => entry({ deny_if: [{ when: `size(args.body) > ${size}` }] })
  expect(said(rule(20), rule(10))[0]).toContain('allow → deny: `when: size(args.body) > 10` holds')
})

test('the same expression in both documents has one truth', () => {
  const rule = { when: 'args.a == args.b' }
  expect(said(entry({ deny_if: [rule] }), entry({ deny_if: [rule, leaf('args.c', 'eq', 1)] }))).toEqual([
    'allow → deny: `args.c` is 1; or is given and not a number',
  ])
})

test.each<[string, object, object, string, string]>([
  ['more', limit('a', 'day', 5), limit('a', 'day', 9), 'looser', '`a`: 5 calls per day for each grant'],
  ['fewer', limit('a', 'day', 9), limit('a', 'day', 5), 'tighter', '`a`: 9 calls per day for each grant'],
  ['a longer window', limit('a', 'hour', 5), limit('a', 'day', 5), 'tighter', '`a`: 5 calls per hour for each grant'],
  [
    'more in a longer window',
    limit('a', 'hour', 5),
    limit('a', 'day', 9),
    'changed',
    '`a`: 5 calls per hour for each grant',
  ],
  [
    'an amount',
    limit('a', 'day', 5, { increment_from: 'args.n', scope: 'principal', key: 'args.k' }),
    limit('a', 'day', 4, { increment_from: 'args.n', scope: 'principal', key: 'args.k' }),
    'tighter',
    '`a`: 5 of `args.n` per day for each principal and `args.k`',
  ],
])('a limit: %s', (_title, before, after, kind, words) => {
  const [change] = diff(entry({ limits: [before] }), entry({ limits: [after] })).tools
  expect(change?.limits).toMatchObject([{ kind, before: { at: '/tools/t/limits/0', words } }])
})

test('limits come and go', () => {
  const [change] = diff(entry({ limits: [limit('a', 'day', 5)] }), entry({ rate_limit: '5/minute' })).tools
  expect(change?.limits.map(({ kind }) => kind)).toEqual(['removed', 'added'])
})

test('what is compared as text: answers, labels, flows, marks, terms of approval, words', () => {
  const before = entry({ approve_if: [{ ...leaf('args.a', 'gt', 5), quorum: 2 }], labels: ['external'], reason: 'x' })
  const after = {
    ...entry({
      approve_if: [{ ...leaf('args.a', 'gt', 5), quorum: 1 }],
      results: { max_bytes: 5 },
      read_only: true,
      reason: 'y',
    }),
    flows: [
      Object.fromEntries([...Object.entries({ after: 'untrusted', within: '30m', to: 'external' }), ['then', 'deny']]),
    ],
  }
  const changes = otherChanges(loadedOf(before).document, loadedOf(after).document)
  expect(changes.map(({ about, at }) => [about, at])).toEqual([
    ['flows', '/flows'],
    ['results', '/tools/t/results'],
    ['labels', '/tools/t/labels'],
    ['read_only', '/tools/t/read_only'],
    ['approval', '/tools/t/approve_if/0'],
    ['words', '/tools/t/reason'],
  ])
})

test('looser, tighter, or nobody knows', () => {
  const modes = { before: 'enforce', after: 'enforce' } as const
  const loosening = (before: object, after: object) => looseningOf(diff(entry(before), entry(after)), [], modes)
  const [strict, lax] = [{ deny_if: [leaf('args.a', 'gt', 5)] }, { deny_if: [leaf('args.a', 'gt', 9)] }]
  expect(loosening(strict, lax)).toBe('yes')
  expect(loosening(lax, strict)).toBe('no')
  expect(loosening(strict, strict)).toBe('no')
  expect(loosening({ limits: [limit('a', 'day', 5)] }, {})).toBe('yes')
  expect(loosening({}, { limits: [limit('a', 'day', 5)] })).toBe('no')
  expect(loosening({ deny_if: [{ when: 'args.a == args.b' }] }, { deny_if: [{ when: 'args.b == args.a' }] })).toBe(
    'maybe',
  )
  const asked = (...bounds: number[]) => ({
    approve_if: bounds.map((bound, index) => ({ ...leaf('args.a', 'gt', bound), approvers: [`p${index}`] })),
  })
  expect(loosening(asked(5, 9), asked(5))).toBe('yes')
  expect(loosening(asked(5), asked(5, 9))).toBe('no')
  expect(looseningOf(diff(entry({}), entry({})), [], { before: 'enforce', after: 'observe' })).toBe('yes')
})

test('policies that observe are compared as if they enforced', () => {
  const before = entry({ deny_if: [leaf('args.a', 'gt', 5)] }, { mode: 'observe' })
  const after = entry({ deny_if: [leaf('args.a', 'gt', 9)] }, { mode: 'observe' })
  const [change] = differenceOf(loadedOf(before), loadedOf(after)).tools
  expect(change?.verdicts).toMatchObject([{ from: 'deny', to: 'allow', call: { args: { a: 6 } } }])
})

test('a list of tools: only those, with what they say of themselves', () => {
  const rule = { require: [leaf('tool.annotations.readOnlyHint', 'eq', true)] }
  const tools = [
    { name: 'get', annotations: { readOnlyHint: true } },
    { name: 'put', annotations: { readOnlyHint: false } },
  ]
  const sides = [{ '*': {} }, { '*': rule }].map(entries => loadedOf({ version: '1', tools: entries }))
  const [before, after] = sides as [(typeof sides)[0], (typeof sides)[0]]
  const difference = differenceOf(before, after, tools)
  expect(difference.tools.map(change => [change.tools, change.verdicts[0]?.to])).toEqual([[['`put`'], 'deny']])
})

test('a hundred rules, one of them changed', () => {
  const many = Array.from({ length: 100 }, (_, index) => leaf(`args.a${index % 20}`, 'contains', `word ${index}`))
  const words = said(entry({ deny_if: many }), entry({ deny_if: many.with(50, leaf('args.a10', 'eq', 'x')) }))
  expect(words.length).toBeGreaterThan(1)
})

test('the fixed call of the tests is a call', () => {
  expect(decide(loadedOf(entry({})).policy, callOf('t')).effect).toBe('allow')
})

const times = (count: number, rule: (index: number) => object) =>
  entry({ deny_if: Array.from({ length: count }, (_, index) => rule(index)) })

test.each<[string, object, object]>([
  [
    'many parts of one text',
    times(60, index => leaf('args.q', 'contains', `drop ${index}`)),
    times(60, index => leaf('args.q', 'contains', `alter ${index}`)),
  ],
  [
    'groups that hang together',
    ...([12, 13].map(count =>
      times(1, () => ({
        conditions: Array.from({ length: count }, (_, i) => ({
          any: [0, 1, 2, 3, 4, 5].map(j => ({
            path: `args.p${(i * 7 + j * 3) % 12}`,
            op: j % 2 === 0 ? 'gt' : 'eq',
            value: (i * j) % 5,
          })),
        })),
      })),
    ) as [object, object]),
  ],
  [
    'expressions',
    times(20, index => ({ when: `args.a${index} == args.b${index}` })),
    times(20, index => ({ when: `args.b${index} == args.a${index}` })),
  ],
  [
    'members of elements',
    times(8, index => leaf(`args.list[*].list[*].f${index}`, 'gt', index)),
    times(8, index => leaf(`args.list[*].list[*].f${index}`, 'gt', index + 1)),
  ],
])('%s: an answer in bounded time, or none', (_title, before, after) => {
  let changes: ReturnType<typeof diff>['tools'] = []
  const spentMs = workMs(() => {
    changes = diff(before, after).tools
  })
  expect(spentMs).toBeLessThan(30_000)
  const [change] = changes
  expect((change?.verdicts.length ?? 0) + (change?.open.length ?? 0)).toBeGreaterThan(0)
})
