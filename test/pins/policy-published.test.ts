/**
 * Policies as others publish them, pasted as they stand, and driven through the reader, the engine and the real counters:
 * what their pages say comes of a call is what comes of it here. Where ours is stricter the title says so. What the
 * reading of a foreign document tells its owner is pinned in `policy-import.test.ts`.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { loadPolicy } from '../../src/policy/load.ts'
import type { JsonObject } from '../../src/wire/json-types.ts'
import { Gate } from '../fixtures/admission.ts'

const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

const pasted = (document: unknown): Gate => new Gate(JSON.stringify(document))
const fixture = (name: string): Gate => new Gate(readFileSync(`test/fixtures/policies/${name}`, 'utf8'))

/** A hosted document with one tool. */
const hosted = (entry: unknown, more: object = {}): Gate =>
  pasted({ version: '1', default: 'deny', tools: { t: entry }, ...more })

describe('the hosted JSON form', () => {
  test('only version "1" is read; `default` decides what is not listed', () => {
    expect(loadPolicy('p', '{"version":"2","default":"deny","tools":{}}').ok).toBe(false)
    expect(loadPolicy('p', '{"version":1,"default":"deny","tools":{}}').ok).toBe(false)
    expect(hosted({}).call('other')).toMatchObject({ effect: 'deny', rule: '(default deny)' })
    expect(hosted({}, { default: 'allow' }).call('other')).toMatchObject({ effect: 'allow', rule: '/default' })
  })

  test('under default deny `{}` allows a tool without further checks', () => {
    const gate = hosted({})
    expect(gate.run(500, 't', { anything: [1, { goes: true }] })).toEqual({ passed: 500 })
  })

  test('`hide` takes tools out of the list and denies them; `"*"` takes all', () => {
    const gate = hosted({}, { hide: ['secret'], default: 'allow' })
    expect([gate.lists('t'), gate.lists('secret')]).toEqual([true, false])
    expect(gate.call('secret')).toMatchObject({ effect: 'deny', rule: '(hidden)' })
    const all = hosted({}, { hide: ['*'], default: 'allow' })
    expect([all.lists('t'), all.call('t').rule, all.call('other').rule]).toEqual([false, '(hidden)', '(hidden)'])
  })

  test('stricter: a tool denied because nothing lists it is not in the list either', () => {
    expect(hosted({}).lists('other')).toBe(false)
  })

  test('`require`: denied unless its conditions hold, all of them', () => {
    const condition = (path: string, op: string, value: unknown) => ({ path, op, value })
    const gate = hosted({
      require: [
        {
          conditions: [condition('args.amount', 'lte', 500), condition('args.currency', 'in', ['usd', 'eur'])],
          on_deny: 'small, in usd or eur',
        },
      ],
    })
    expect(gate.call('t', { amount: 500, currency: 'usd' }).effect).toBe('allow')
    expect(gate.call('t', { amount: 501, currency: 'usd' })).toMatchObject({
      effect: 'deny',
      message: 'small, in usd or eur',
    })
    expect(gate.call('t', { amount: 1, currency: 'gbp' }).effect).toBe('deny')
    expect(gate.call('t', { amount: 1 }).effect).toBe('deny')
  })

  test('`deny_if`: denied when its conditions hold, all of them', () => {
    const conditions = [
      { path: 'args.branch', op: 'eq', value: 'main' },
      { path: 'args.force', op: 'eq', value: true },
    ]
    const gate = hosted({ deny_if: [{ conditions, on_deny: 'never force main' }] })
    expect(gate.call('t', { branch: 'main', force: true })).toMatchObject({
      effect: 'deny',
      message: 'never force main',
    })
    expect(gate.call('t', { branch: 'main', force: false }).effect).toBe('allow')
    expect(gate.call('t', { branch: 'dev', force: true }).effect).toBe('allow')
  })

  test('`deny_if` without conditions denies always; the tool stays in the list', () => {
    const gate = hosted({ deny_if: [{ conditions: [], on_deny: 'Blocked by default. Requires approval.' }] })
    expect(gate.call('t')).toMatchObject({ effect: 'deny', message: 'Blocked by default. Requires approval.' })
    expect(gate.lists('t')).toBe(true)
  })

  test('the first denial wins', () => {
    const rule = (path: string, on_deny: string) => ({ conditions: [{ path, op: 'exists', value: true }], on_deny })
    const gate = hosted({
      require: [rule('args.ticket', 'a ticket')],
      deny_if: [rule('args.a', 'first'), rule('args.b', 'second')],
    })
    expect(gate.call('t', { b: 1 }).message).toBe('a ticket')
    expect(gate.call('t', { ticket: 1, a: 1, b: 1 }).message).toBe('first')
    expect(gate.call('t', { ticket: 1, b: 1 }).message).toBe('second')
  })

  test('ours: a rule is named by its place in the document, not by path and operator', () => {
    const gate = hosted({ deny_if: [{ conditions: [{ path: 'args.amount', op: 'gt', value: 5 }] }] })
    expect(gate.call('t', { amount: 6 }).rule).toBe('/tools/t/deny_if/0')
  })

  test.each<[string, unknown, JsonObject, JsonObject]>([
    ['eq', 'prod', { x: 'prod' }, { x: 'test' }],
    ['neq', 'prod', { x: 'test' }, { x: 'prod' }],
    ['lt', 5, { x: 4 }, { x: 5 }],
    ['lte', 5, { x: 5 }, { x: 6 }],
    ['gt', 5, { x: 6 }, { x: 5 }],
    ['gte', 5, { x: 5 }, { x: 4 }],
    ['in', ['a', 'b'], { x: 'b' }, { x: 'c' }],
    ['not_in', ['a', 'b'], { x: 'c' }, { x: 'b' }],
    ['exists', true, { x: 1 }, {}],
    ['regex', '\\bdrop\\b|truncate', { x: 'please drop it' }, { x: 'dropped' }],
    ['contains', 'key', { x: 'a keyboard' }, { x: 'a mouse' }],
  ])('each of the eleven operators: %s %j', (op, value, holds, fails) => {
    const rule = { conditions: [{ path: 'args.x', op, value }] }
    expect(hosted({ require: [rule] }).call('t', holds).effect).toBe('allow')
    expect(hosted({ require: [rule] }).call('t', fails).effect).toBe('deny')
    expect(hosted({ deny_if: [rule] }).call('t', holds).effect).toBe('deny')
    expect(hosted({ deny_if: [rule] }).call('t', fails).effect).toBe('allow')
  })

  test('a path goes into nested arguments', () => {
    const gate = hosted({ require: [{ conditions: [{ path: 'args.options.dry_run', op: 'eq', value: true }] }] })
    expect(gate.call('t', { options: { dry_run: true } }).effect).toBe('allow')
    expect(gate.call('t', { options: { dry_run: false } }).effect).toBe('deny')
  })

  test.each([
    ['text where the rule has a number', { conditions: [{ path: 'args.x', op: 'lte', value: 5 }] }, { x: '4' }],
    [
      'text that differs in case, under deny',
      { conditions: [{ path: 'args.x', op: 'neq', value: 'prod' }] },
      { x: 'PROD' },
    ],
    ['a member of a text', { conditions: [{ path: 'args.x.y', op: 'exists', value: false }] }, { x: 'text' }],
  ])('stricter: %s is denied', (_title, rule, args) => {
    expect(hosted({ require: [rule] }).call('t', args).effect).toBe('deny')
  })

  test.each([
    ['minute', minute],
    ['hour', hour],
    ['day', day],
  ])('a limit counts calls of a grant in any %s', (window, windowMs) => {
    const gate = hosted({ limits: [{ counter: 'policies.create_rate', window, max: 3, scope: 'grant' }] })
    expect(gate.run(9, 't')).toMatchObject({
      passed: 3,
      stopped: { rule: '/tools/t/limits/0', retryAfterMs: windowMs },
    })
    expect(gate.run(9, 't', {}, 'two')).toMatchObject({ passed: 3 })
    gate.pass(windowMs - 1)
    expect(gate.run(1, 't')).toMatchObject({ passed: 0, stopped: { retryAfterMs: 1 } })
    gate.pass(1)
    expect(gate.run(9, 't')).toMatchObject({ passed: 3 })
  })

  test('limits of all tools count every tool; a call takes every limit or none', () => {
    const gate = pasted({
      version: '1',
      default: 'deny',
      all_tools: { limits: [{ counter: 'calls', window: 'minute', max: 5, scope: 'grant' }] },
      tools: { a: { limits: [{ counter: 'a', window: 'minute', max: 2, scope: 'grant' }] }, b: {} },
    })
    expect(gate.run(9, 'a')).toMatchObject({ passed: 2, stopped: { rule: '/tools/a/limits/0' } })
    // the refused call of `a` has taken nothing from `calls`
    expect(gate.run(9, 'b')).toMatchObject({ passed: 3, stopped: { rule: '/all_tools/limits/0' } })
  })

  test('a call that a rule denies takes nothing', () => {
    const gate = hosted({
      deny_if: [{ conditions: [{ path: 'args.x', op: 'eq', value: 1 }] }],
      limits: [{ counter: 'c', window: 'hour', max: 2, scope: 'grant' }],
    })
    expect(gate.run(50, 't', { x: 1 })).toMatchObject({ passed: 0 })
    expect(gate.run(9, 't', { x: 2 })).toMatchObject({ passed: 2 })
  })

  test('the published example of file access', () => {
    const limit = (counter: string, window: string, max: number) => ({ counter, window, max, scope: 'grant' })
    const gate = pasted({
      version: '1',
      default: 'deny',
      tools: {
        read_file: { limits: [limit('read_file_rate', 'minute', 60)] },
        list_directory: { limits: [limit('list_directory_rate', 'hour', 600)] },
        write_file: {
          deny_if: [
            {
              conditions: [{ path: 'args.path', op: 'regex', value: '^/Users/[^/]+/(\\.ssh|\\.aws|secrets)' }],
              on_deny: 'not into credentials',
            },
          ],
          limits: [limit('write_file_rate', 'day', 100)],
        },
      },
    })
    expect(gate.run(61, 'read_file', { path: '/Users/me/.ssh/id' })).toMatchObject({ passed: 60 })
    expect(gate.call('list_directory', { path: '/' }).effect).toBe('allow')
    expect(gate.call('write_file', { path: '/Users/me/notes.txt' }).effect).toBe('allow')
    for (const path of ['/Users/me/.ssh/config', '/Users/me/.aws/credentials', '/Users/me/secrets/a']) {
      expect(gate.call('write_file', { path })).toMatchObject({ effect: 'deny', message: 'not into credentials' })
    }
    expect(gate.call('move_file', {}).rule).toBe('(default deny)')
    // stricter: a path that differs only in case is the same folder on many disks
    expect(gate.call('write_file', { path: '/users/ME/.SSH/config' }).effect).toBe('deny')
    expect(gate.run(200, 'write_file', { path: '/tmp/x' })).toMatchObject({ passed: 99 })
  })

  test('the example with every part of the form', () => {
    const gate = fixture('hosted.json')
    expect(gate.lists('delete_file')).toBe(false)
    expect(gate.call('delete_file').rule).toBe('(hidden)')
    expect(gate.call('merge').message).toBe('Blocked by default. Requires approval.')
    expect(gate.call('write_file', { path: '/Users/me/.ssh/x' }).message).toBe('not in there')
    expect(gate.run(40, 'write_file', { path: '/tmp/a' })).toMatchObject({
      passed: 30,
      stopped: { rule: '/tools/write_file/limits/0' },
    })
    expect(gate.run(200, 'read_file')).toMatchObject({ passed: 90, stopped: { rule: '/all_tools/limits/0' } })
  })
})

describe('the two tool pages, token for token', () => {
  test.each([
    ['connections-create-handoff.json', 'connections.createHandoff', 'connections.createhandoff_rate'],
    ['handoffs-operator.json', 'handoffs.operator', 'handoffs.operator_rate'],
  ])('%s: 30 a minute for each grant, and nothing else', (file, tool, counter) => {
    const gate = fixture(file)
    expect(gate.loaded.dialect).toBe('hosted')
    expect(gate.loaded.problems).toEqual([])
    expect(gate.run(31, tool)).toEqual({
      passed: 30,
      stopped: { effect: 'deny', rule: `/tools/${tool}/limits/0`, message: `limit ${counter}`, retryAfterMs: minute },
    })
    expect(gate.call(tool, {}, 'another grant').effect).toBe('allow')
    for (const other of ['handoffs.agency', 'connections.remove', tool.toLowerCase().replace('operator', 'OPERATOR')]) {
      expect(gate.call(other)).toMatchObject({ effect: 'deny', rule: '(default deny)' })
      expect(gate.lists(other)).toBe(false)
    }
  })

  test('the minute slides: thirty now and thirty half a minute later are not sixty', () => {
    const gate = fixture('handoffs-operator.json')
    expect(gate.run(15, 'handoffs.operator').passed).toBe(15)
    gate.pass(30 * second)
    expect(gate.run(30, 'handoffs.operator').passed).toBe(15)
    gate.pass(30 * second)
    expect(gate.run(30, 'handoffs.operator').passed).toBe(15)
  })

  test('the name of the counter is data: two tools that name one counter share it', () => {
    const limits = [{ counter: 'shared_rate', window: 'minute', max: 30, scope: 'grant' }]
    const gate = pasted({ version: '1', default: 'deny', tools: { a: { limits }, b: { limits } } })
    expect(gate.run(20, 'a').passed).toBe(20)
    expect(gate.run(20, 'b').passed).toBe(10)
  })
})

/** A rule list of the older form. */
const intercept = (rules: readonly unknown[], more: object = {}): Gate =>
  pasted({ version: '1', tools: { t: { rules } }, ...more })

describe('the older YAML form', () => {
  const published = `
version: "1"
description: payments
default: deny
hide:
  - delete_account
tools:
  list_charges:
    rules: []
  create_charge:
    rules:
      - name: max charge
        conditions:
          - path: args.amount
            op: lte
            value: 50000
        on_deny: "A single charge cannot exceed $500.00"
      - name: daily spend
        conditions:
          - path: state.create_charge.daily_spend
            op: lte
            value: 100000
        on_deny: "Daily spending cap reached"
        state:
          counter: daily_spend
          window: day
          increment_from: args.amount
  create_refund:
    rules:
      - name: refund rate
        rate_limit: 5/hour
  delete_customer:
    rules:
      - name: never
        action: deny
        on_deny: "Customers are deleted by people"
  "*":
    rules:
      - name: global
        rate_limit: 60/minute
`

  test('conditions say what must be true; spending is counted by amount; what is not listed is denied', () => {
    const gate = new Gate(published)
    expect(gate.loaded.dialect).toBe('intercept')
    expect(gate.call('create_charge', { amount: 50_001 })).toMatchObject({
      effect: 'deny',
      message: 'A single charge cannot exceed $500.00',
    })
    expect(gate.run(5, 'create_charge', { amount: 40_000 })).toMatchObject({ passed: 2 })
    expect(gate.call('create_charge', { amount: 20_000 }).effect).toBe('allow')
    expect(gate.call('create_charge', { amount: 1 }).effect).toBe('deny')
    expect(gate.call('delete_customer').message).toBe('Customers are deleted by people')
    expect(gate.call('get_customer').rule).toBe('(default deny)')
    expect(gate.call('delete_account').rule).toBe('(hidden)')
    expect(gate.run(9, 'create_refund')).toMatchObject({ passed: 5, stopped: { retryAfterMs: hour } })
  })

  test('the rules of `"*"` count the calls of every tool together', () => {
    const gate = new Gate(published)
    expect(gate.run(50, 'list_charges').passed).toBe(50)
    expect(gate.run(4, 'create_refund').passed).toBe(4)
    expect(gate.run(20, 'list_charges').passed).toBe(6)
  })

  test('an amount that is negative, text or missing is denied and counts nothing', () => {
    const gate = new Gate(published)
    for (const args of [{ amount: -100_000 }, { amount: '5' }, {}, { amount: null }]) {
      expect(gate.call('create_charge', args).effect).toBe('deny')
    }
    expect(gate.run(9, 'create_charge', { amount: 50_000 }).passed).toBe(2)
  })

  test('`default` is allow when it is left out; the rules of `"*"` hold for unlisted tools too', () => {
    const gate = intercept([], {
      tools: { t: { rules: [] }, '*': { rules: [{ name: 'all', rate_limit: '2/minute' }] } },
    })
    expect(gate.run(5, 'unlisted').passed).toBe(2)
  })

  test('all rules of a tool must pass, in their order', () => {
    const rule = (name: string, value: number) => ({
      name,
      conditions: [{ path: 'args.n', op: 'lte', value }],
      on_deny: name,
    })
    const gate = intercept([rule('ten', 10), rule('five', 5)])
    expect(gate.call('t', { n: 5 }).effect).toBe('allow')
    expect(gate.call('t', { n: 7 }).message).toBe('five')
    expect(gate.call('t', { n: 70 }).message).toBe('ten')
  })

  test('without `on_deny` the message names the rule', () => {
    const gate = intercept([
      { name: 'no production', conditions: [{ path: 'args.env', op: 'neq', value: 'production' }] },
    ])
    expect(gate.call('t', { env: 'production' }).message).toBe('Denied by rule "no production"')
  })

  test('stricter: the window slides, where theirs let through twice as much around the edge of an hour', () => {
    const gate = intercept([{ name: 'r', rate_limit: '5/hour' }])
    expect(gate.run(9, 't').passed).toBe(5)
    gate.pass(hour - 1)
    expect(gate.run(9, 't').passed).toBe(0)
    gate.pass(1)
    expect(gate.run(9, 't').passed).toBe(5)
  })

  test('stricter: `1` and `"1"`, `true` and `"true"` are not equal', () => {
    const one = intercept([{ name: 'r', conditions: [{ path: 'args.x', op: 'eq', value: 1 }] }])
    expect([one.call('t', { x: 1 }).effect, one.call('t', { x: '1' }).effect]).toEqual(['allow', 'deny'])
    const yes = intercept([{ name: 'r', conditions: [{ path: 'args.x', op: 'eq', value: true }] }])
    expect([yes.call('t', { x: true }).effect, yes.call('t', { x: 'true' }).effect]).toEqual(['allow', 'deny'])
  })

  test('a rule that requires approval puts the call before a person', () => {
    const rule = {
      name: 'large',
      action: 'require_approval',
      conditions: [{ path: 'args.amount', op: 'gt', value: 50_000 }],
      approval_timeout: '10m',
    }
    const gate = intercept([rule])
    expect(gate.call('t', { amount: 50_000 }).effect).toBe('allow')
    expect(gate.call('t', { amount: 50_001 }).effect).toBe('ask')
    expect(intercept([{ name: 'always', action: 'require_approval' }]).call('t').effect).toBe('ask')
  })

  test('the example with every part of the form', () => {
    const gate = fixture('intercept.yaml')
    expect(gate.call('delete_repository').rule).toBe('(hidden)')
    expect(gate.call('create_issue', { title: 'a' })).toMatchObject({
      effect: 'deny',
      message: 'title and the label triage are needed',
    })
    expect(gate.run(9, 'create_issue', { title: 'a', labels: ['triage'] })).toMatchObject({
      passed: 5,
      stopped: { retryAfterMs: hour },
    })
    expect(gate.run(9, 'list_repos').passed).toBe(9)
  })
})

describe('the form in the FAQ of a tool page', () => {
  test('`rate_limit` in seconds, `action: deny` with a reason', () => {
    const gate = fixture('faq.json')
    expect(gate.loaded.dialect).toBe('faq')
    expect(gate.run(11, 'connections.createHandoff')).toMatchObject({ passed: 10, stopped: { retryAfterMs: minute } })
    expect(gate.call('connections.remove')).toMatchObject({
      effect: 'deny',
      message: 'connections are removed by people',
    })
    expect(gate.lists('connections.remove')).toBe(true)
    expect(gate.call('connections.list').rule).toBe('(default deny)')
  })

  test('as it is pasted: without a version and without a default', () => {
    const gate = new Gate('tools:\n  handoffs.operator:\n    rate_limit:\n      max: 10\n      window: 60\n')
    expect(gate.run(20, 'handoffs.operator').passed).toBe(10)
    expect(gate.call('anything').rule).toBe('(default deny)')
  })

  test('ours: counted for each grant, where the page says for each agent session', () => {
    const gate = fixture('faq.json')
    expect(gate.run(10, 'connections.createHandoff', {}, 'one').passed).toBe(10)
    expect(gate.run(1, 'connections.createHandoff', {}, 'two').passed).toBe(1)
  })

  test('"require approval" is named there without a syntax; here it is an action', () => {
    expect(pasted({ version: '1', tools: { t: { action: 'require_approval' } } }).call('t').effect).toBe('ask')
  })
})

describe('recommended defaults', () => {
  const limit = (counter: string, window: string, max: number) => ({ counter, window, max, scope: 'grant' })

  test.each<[string, object, number, number]>([
    ['read, tool page: no limit', {}, 1_000, 1_000],
    ['read, server page: 60 a minute', { limits: [limit('search_per_minute', 'minute', 60)] }, 61, 60],
    ['write, tool page: 30 a minute', { limits: [limit('create_rate', 'minute', 30)] }, 31, 30],
    ['write, server page: 30 an hour', { limits: [limit('create_per_hour', 'hour', 30)] }, 31, 30],
    ['execute: 10 a minute', { limits: [limit('run_rate', 'minute', 10)] }, 11, 10],
  ])('%s', (_title, entry, calls, passed) => {
    expect(hosted(entry).run(calls, 't').passed).toBe(passed)
  })

  test('destructive, tool page: hidden', () => {
    const gate = pasted({ version: '1', default: 'deny', hide: ['delete_file'], tools: {} })
    expect([gate.lists('delete_file'), gate.call('delete_file').rule]).toEqual([false, '(hidden)'])
  })

  test.each(['Blocked by default. Requires approval.', 'Requires human approval.'])(
    'destructive and financial, server page: %s',
    text => {
      const gate = hosted({ deny_if: [{ conditions: [], on_deny: text }] })
      expect(gate.call('t')).toMatchObject({ effect: 'deny', message: text })
      expect(gate.lists('t')).toBe(true)
    },
  )

  test('the same in the older form', () => {
    const gate = new Gate(
      [
        'version: "1"',
        'tools:',
        '  search: { rules: [{ name: r, rate_limit: 60/minute }] }',
        '  create: { rules: [{ name: w, rate_limit: 30/hour }] }',
        '  delete: { rules: [{ name: d, action: deny }] }',
      ].join('\n'),
    )
    expect([gate.run(99, 'search').passed, gate.run(99, 'create').passed, gate.call('delete').effect]).toEqual([
      60,
      30,
      'deny',
    ])
  })

  describe('GitHub', () => {
    const writes = ['create_issue', 'update_issue', 'add_issue_comment', 'create_branch', 'create_pull_request']
    const recommended = {
      version: '1',
      default: 'allow',
      hide: ['delete_file'],
      all_tools: { limits: [limit('global_per_minute', 'minute', 120)] },
      tools: {
        merge_pull_request: { limits: [limit('merge_per_minute', 'minute', 2), limit('merge_per_hour', 'hour', 10)] },
        push_files: { limits: [limit('push_per_minute', 'minute', 3), limit('push_per_hour', 'hour', 20)] },
        actions_run_trigger: { limits: [limit('actions_per_hour', 'hour', 5)] },
        create_repository: { limits: [limit('create_repository_per_hour', 'hour', 5)] },
        fork_repository: { limits: [limit('fork_repository_per_hour', 'hour', 5)] },
        ...Object.fromEntries(writes.map(name => [name, { limits: [limit(`${name}_per_hour`, 'hour', 30)] }])),
      },
    }

    test('recommended: what is said of each tool, and 120 calls a minute over all', () => {
      const gate = pasted(recommended)
      expect(gate.call('delete_file').rule).toBe('(hidden)')
      expect(gate.run(9, 'merge_pull_request')).toMatchObject({ passed: 2, stopped: { retryAfterMs: minute } })
      for (let minutes = 1; minutes < 5; minutes += 1) {
        gate.pass(minute)
        expect(gate.run(9, 'merge_pull_request').passed).toBe(2)
      }
      gate.pass(minute)
      expect(gate.run(9, 'merge_pull_request')).toMatchObject({
        passed: 0,
        stopped: { rule: '/tools/merge_pull_request/limits/1' },
      })
      expect(gate.run(9, 'push_files').passed).toBe(3)
      expect(gate.run(9, 'actions_run_trigger').passed).toBe(5)
      expect(gate.run(40, 'create_issue').passed).toBe(30)
      expect(gate.run(200, 'get_file_contents').passed).toBe(120 - 3 - 5 - 30)
    })

    test('recommended, in the older form', () => {
      const gate = new Gate(`
version: "1"
hide: [delete_file]
tools:
  merge_pull_request:
    rules:
      - { name: merge per minute, rate_limit: 2/minute }
      - { name: merge per hour, rate_limit: 10/hour }
  push_files:
    rules:
      - { name: push per minute, rate_limit: 3/minute }
      - { name: push per hour, rate_limit: 20/hour }
  "*":
    rules:
      - { name: global, rate_limit: 120/minute }
`)
      expect(gate.run(9, 'merge_pull_request').passed).toBe(2)
      expect(gate.run(9, 'push_files').passed).toBe(3)
      expect(gate.run(200, 'get_me').passed).toBe(115)
    })

    test('strict: reads only', () => {
      const gate = pasted({ version: '1', default: 'deny', tools: { get_file_contents: {}, list_issues: {} } })
      expect(gate.call('get_file_contents').effect).toBe('allow')
      expect(gate.call('create_issue').rule).toBe('(default deny)')
    })

    test('permissive: all but delete_file', () => {
      const gate = pasted({ version: '1', default: 'allow', hide: ['delete_file'], tools: { get_me: {} } })
      expect(gate.run(500, 'create_issue').passed).toBe(500)
      expect(gate.call('delete_file').effect).toBe('deny')
      // stricter: a name that only looks different is the hidden tool
      expect(gate.call('Delete_File').effect).toBe('deny')
    })
  })

  test('Stripe: financial 3 a minute and a daily cap, destructive 2 a minute and 10 a day, write 30 an hour, 60 over all', () => {
    const gate = pasted({
      version: '1',
      default: 'allow',
      all_tools: { limits: [limit('global_per_minute', 'minute', 60)] },
      tools: {
        create_refund: { limits: [limit('financial_per_minute', 'minute', 3), limit('financial_per_day', 'day', 20)] },
        cancel_subscription: {
          limits: [limit('destructive_per_minute', 'minute', 2), limit('destructive_per_day', 'day', 10)],
        },
        create_customer: { limits: [limit('write_per_hour', 'hour', 30)] },
      },
    })
    expect(gate.run(9, 'create_refund')).toMatchObject({ passed: 3, stopped: { retryAfterMs: minute } })
    expect(gate.run(9, 'cancel_subscription').passed).toBe(2)
    expect(gate.run(99, 'create_customer').passed).toBe(30)
    expect(gate.run(99, 'list_customers').passed).toBe(25)
    for (let minutes = 1; minutes < 5; minutes += 1) {
      gate.pass(minute)
      gate.run(9, 'cancel_subscription')
    }
    gate.pass(minute)
    expect(gate.run(9, 'cancel_subscription')).toMatchObject({
      passed: 0,
      stopped: { rule: '/tools/cancel_subscription/limits/1' },
    })
  })

  test('Postgres: query 30 a minute', () => {
    expect(hosted({ limits: [limit('query_rate', 'minute', 30)] }).run(31, 't').passed).toBe(30)
  })
})

describe('what a reader pastes that is not whole', () => {
  test.each<[string, string, string, RegExp]>([
    [
      'the part under a tool',
      '{"limits":[{"counter":"a_rate","window":"minute","max":30,"scope":"grant"}]}',
      '/limits',
      /unknown key `limits`/,
    ],
    ['without a version', '{"default":"deny","tools":{"t":{"require":[]}}}', '', /no `version`/],
    [
      'a misspelt key',
      '{"version":"1","default":"deny","tools":{"t":{"denyif":[]}}}',
      '/tools/t/denyif',
      /unknown key `denyif`/,
    ],
    [
      'an operator of another language',
      '{"version":"1","default":"deny","tools":{"t":{"deny_if":[{"conditions":[{"path":"args.x","op":"==","value":1}]}]}}}',
      '/tools/t/deny_if/0/conditions/0/op',
      /==/,
    ],
    [
      'a limit of nothing',
      '{"version":"1","default":"deny","tools":{"t":{"limits":[{"counter":"a","window":"minute","max":0,"scope":"grant"}]}}}',
      '/tools/t/limits/0/max',
      /max|0/,
    ],
    [
      'a path without its root',
      '{"version":"1","default":"deny","tools":{"t":{"deny_if":[{"conditions":[{"path":"amount","op":"gt","value":1}]}]}}}',
      '/tools/t/deny_if/0/conditions/0/path',
      /amount/,
    ],
  ])('%s is refused with its place', (_title, text, path, message) => {
    const loaded = loadPolicy('p', text)
    expect(loaded.ok).toBe(false)
    expect(loaded.problems).toContainEqual(
      expect.objectContaining({ severity: 'error', path, message: expect.stringMatching(message), line: 1 }),
    )
  })

  test('JSON with comments or a comma too many is read as YAML, which has both', () => {
    const gate = new Gate('{\n  "version": "1", # one\n  "default": "deny",\n  "tools": {"t": {},},\n}')
    expect(gate.call('t').effect).toBe('allow')
  })
})
