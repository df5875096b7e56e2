import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decide, isListed } from '../policy/decide.ts'
import { loadPolicy } from '../policy/load.ts'
import { categories, levels, paceOf, type RatedTool, recommendedPolicy, treatmentOf, treatments } from './recommend.ts'

const rated = (name: string, category: RatedTool['category'], ...flags: string[]): RatedTool => ({
  name,
  category,
  flags,
})
const tools = [
  rated('get_issue', 'Read'),
  rated('create_issue', 'Write', 'external_send'),
  rated('update_label', 'Write'),
  rated('run_workflow', 'Execute'),
  rated('delete_repo', 'Destructive'),
  rated('pay_invoice', 'Financial'),
]

function load(text: string, names: readonly string[] = []) {
  const loaded = loadPolicy('p', text, { tools: names.map(name => ({ name })) })
  if (!loaded.ok) throw new Error(`${JSON.stringify(loaded.problems)}\n${text}`)
  return loaded
}

const verdict = (policy: ReturnType<typeof load>['policy'], tool: string) =>
  decide(policy, {
    tool,
    args: {},
    caller: { id: 'a', kind: 'agent', roles: [], groups: [] },
    grant: { name: 'g', labels: {} },
    server: { name: 's' },
    facts: { annotations: {} },
    timeMs: 0,
  })

test('guarded: reads and writes are paced, people are not flooded, the rest asks', () => {
  const { policy, problems } = load(
    recommendedPolicy('github', tools, 'guarded'),
    tools.map(({ name }) => name),
  )
  expect(problems).toEqual([])
  expect(tools.map(({ name }) => verdict(policy, name).effect)).toEqual([
    'allow',
    'allow',
    'allow',
    'ask',
    'ask',
    'ask',
  ])
  const maxima = tools.slice(0, 3).map(({ name }) => {
    const decided = verdict(policy, name)
    return decided.effect === 'allow' ? decided.charges.map(({ max, windowMs }) => [max, windowMs]) : []
  })
  expect(maxima).toEqual([[[60, 60_000]], [[5, 3_600_000]], [[30, 60_000]]])
  expect(verdict(policy, 'new_tool')).toMatchObject({ effect: 'deny', rule: '(default deny)' })
})

test('read-only: nothing but reading can be called or seen', () => {
  const { policy } = load(
    recommendedPolicy('github', tools, 'read-only'),
    tools.map(({ name }) => name),
  )
  expect(tools.filter(({ name }) => isListed(policy, name)).map(({ name }) => name)).toEqual(['get_issue'])
  expect(verdict(policy, 'delete_repo')).toMatchObject({ effect: 'deny', hidden: true })
})

test('open: only what cannot be taken back asks', () => {
  const { policy } = load(
    recommendedPolicy('github', tools, 'open'),
    tools.map(({ name }) => name),
  )
  expect(tools.map(({ name }) => verdict(policy, name).effect)).toEqual([
    'allow',
    'allow',
    'allow',
    'allow',
    'ask',
    'ask',
  ])
  expect(verdict(policy, 'new_tool').effect).toBe('allow')
})

test('a choice stands above the level', () => {
  const chosen = new Map([
    ['delete_repo', 'allow'],
    ['get_issue', 'hide'],
  ] as const)
  const { policy } = load(
    recommendedPolicy('github', tools, 'guarded', chosen),
    tools.map(({ name }) => name),
  )
  expect(verdict(policy, 'delete_repo').effect).toBe('allow')
  expect(verdict(policy, 'get_issue')).toMatchObject({ hidden: true })
})

test('whatever servers are called and offer, the policy loads and treats each tool as it says', () => {
  const name = fc.oneof(
    fc.stringMatching(/^[A-Za-z0-9_.-]{1,40}$/),
    fc.constantFrom(
      'true',
      'null',
      'NaN',
      '1e3',
      '0x10',
      '__proto__',
      'constructor',
      '-',
      '.',
      '2026-01-01',
      'on',
      '~',
    ),
  )
  const tool = fc.record({
    name,
    category: fc.constantFrom(...categories),
    flags: fc.subarray(['external_send', 'bulk', 'file_path']),
  })
  const several = fc.uniqueArray(tool, { selector: each => each.name.toLowerCase(), maxLength: 12 })
  fc.assert(
    fc.property(
      fc.string(),
      several,
      fc.constantFrom(...levels),
      fc.func(fc.constantFrom(...treatments)),
      (server, all, level, choose) => {
        const chosen = new Map(all.filter((_, index) => index % 3 === 0).map(each => [each.name, choose(each.name)]))
        const { policy } = load(
          recommendedPolicy(server, all, level, chosen),
          all.map(each => each.name),
        )
        for (const each of all) {
          const treatment = chosen.get(each.name) ?? treatmentOf(each, level)
          const decided = verdict(policy, each.name)
          const effects = { allow: 'allow', limit: 'allow', approve: 'ask', deny: 'deny', hide: 'deny' } as const
          expect(decided.effect, each.name).toBe(effects[treatment])
          if (treatment === 'limit' && decided.effect === 'allow') expect(decided.charges).toHaveLength(1)
          expect(isListed(policy, each.name)).toBe(treatment !== 'hide')
        }
      },
    ),
    { numRuns: 200 },
  )
})

test('paces follow the category, and people come first', () => {
  expect(tools.map(paceOf)).toEqual(['60/minute', '5/hour', '30/minute', '10/minute', '10/hour', '20/day'])
})
