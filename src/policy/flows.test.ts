import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { callOf, loadedOf, policyOf, problemsOf } from '../../test/fixtures/policy-call.ts'
import type { JsonObject } from '../wire/json-types.ts'
import { decide } from './decide.ts'
import { explain, readContext } from './explain.ts'
import { sourcesOf } from './flows.ts'
import type { DecisionInput } from './verdict.ts'

const minute = 60_000
const yaml = (text: string) => parse(text) as JsonObject
const policy = (flows: string, more = '') =>
  policyOf(
    yaml(`
version: "1"
tools:
  fetch: { labels: [untrusted] }
  read_mail: { labels: [untrusted, sensitive] }
  send_mail: { labels: [external], ${more} }
  wipe: { labels: [destructive] }
  both: { labels: [untrusted, external] }
  plain: {}
flows: ${flows}
`),
  )
const asking = policy('[{after: untrusted, within: 30m, to: external, then: require_approval, approvers: ["role:x"]}]')
const denying = policy('[{after: untrusted, within: 30m, to: external, then: deny}]')
const after = (recent: DecisionInput['recent']) => ({ recent }) as Partial<DecisionInput>
const send = (recent: DecisionInput['recent'], args: JsonObject = {}) => callOf('send_mail', args, after(recent))

test('without a mark, and when the time is over, nothing is held up', () => {
  for (const recent of [undefined, {}, { sensitive: 0 }, { untrusted: 30 * minute }, { untrusted: 31 * minute }]) {
    expect(decide(denying, send(recent)).effect).toBe('allow')
  }
})

test('within the time the call is denied, with the label, the end and the wait', () => {
  const verdict = decide(denying, send({ untrusted: 10 * minute }))
  expect(verdict).toMatchObject({
    effect: 'deny',
    rule: '/flows/0',
    message: '`external` calls are denied (after a call labelled `untrusted`, until 2026-11-22T14:50:00Z)',
    retryAfterMs: 20 * minute,
    facts: [{ path: 'recent.untrusted', op: 'lt', value: 30 * minute, actual: 10 * minute, holds: true }],
  })
  expect(verdict).not.toHaveProperty('wouldPassIf')
})

test('a flow that asks is a question with its approvers, which ends by itself', () => {
  expect(decide(asking, send({ untrusted: 0 }))).toMatchObject({
    effect: 'ask',
    rule: '/flows/0',
    retryAfterMs: 30 * minute,
    approval: { required: [{ rule: '/flows/0', approvers: ['role:x'], quorum: 1, allowEdits: false }] },
  })
})

test('an age that is no number, or lies ahead, holds the call up for the whole time', () => {
  for (const untrusted of [Number.NaN, -5])
    expect(decide(denying, send({ untrusted }))).toMatchObject({ effect: 'deny', retryAfterMs: 30 * minute })
})

test('only calls with the label are held up; a tool with both labels holds up its own next call', () => {
  for (const tool of ['fetch', 'wipe', 'plain']) {
    expect(decide(denying, callOf(tool, {}, after({ untrusted: 0 }))).effect).toBe('allow')
  }
  expect(decide(denying, callOf('both')).effect).toBe('allow')
  expect(decide(denying, callOf('both', {}, after({ untrusted: 0 }))).effect).toBe('deny')
})

test('order: deny_if, flows that deny, approve_if, flows that ask', () => {
  const condition = '{conditions: [{path: args.x, op: eq, value: 1}]}'
  const both =
    '[{after: untrusted, within: 1m, to: external, then: require_approval}, {after: sensitive, within: 1m, to: external, then: deny}]'
  const rules = policy(both, `deny_if: [${condition}], approve_if: [{conditions: []}]`)
  const marked = { untrusted: 0, sensitive: 0 }
  expect(decide(rules, send(marked, { x: 1 }))).toMatchObject({ rule: '/tools/send_mail/deny_if/0' })
  expect(decide(rules, send(marked))).toMatchObject({ effect: 'deny', rule: '/flows/1' })
  const asked = decide(rules, send({ untrusted: 0 }))
  expect(asked).toMatchObject({ effect: 'ask', rule: '/tools/send_mail/approve_if/0' })
  expect(asked.effect === 'ask' && asked.approval['required']).toHaveLength(2)
  expect(asked).not.toHaveProperty('retryAfterMs')
})

test('what waits for several flows waits for the last', () => {
  const two = policy(
    '[{after: untrusted, within: 10m, to: external, then: deny}, {after: sensitive, within: 1h, to: external, then: deny}]',
  )
  expect(decide(two, send({ untrusted: minute, sensitive: minute }))).toMatchObject({
    rule: '/flows/0',
    retryAfterMs: 59 * minute,
  })
})

test('under observe a flow blocks nothing and is told', () => {
  const { document } = loadedOf(yaml('{version: "1", tools: {send_mail: {labels: [external]}}}'))
  const flows = yaml('[{after: untrusted, within: 30m, to: external, then: deny, on_deny: no}]')
  const observing = policyOf({ ...document, mode: 'observe', flows })
  expect(decide(observing, send({ untrusted: 0 }))).toMatchObject({
    effect: 'allow',
    observed: { rule: '/flows/0', message: expect.stringContaining('no (after a call labelled `untrusted`') },
  })
})

test('the labels of a look-alike are restrictions: they come along', () => {
  const open = policyOf({
    version: '1',
    default: 'allow',
    tools: { fetch: { labels: ['untrusted'] }, 'get_*': { labels: ['sensitive'] } },
  })
  expect(sourcesOf(open, 'Fetch')).toEqual(['untrusted'])
  expect(sourcesOf(open, 'get_x')).toEqual(['sensitive'])
  expect(sourcesOf(open, 'other')).toEqual([])
  expect(sourcesOf(undefined, 'fetch')).toEqual([])
})

test('a door can be a source', () => {
  const doors = policyOf({ version: '1', default: 'allow', tools: { 'resources/read': { labels: ['untrusted'] } } })
  expect(sourcesOf(doors, 'resources/read')).toEqual(['untrusted'])
})

test('explain takes ages in the context', () => {
  const reading = readContext({ recent: { untrusted: '12m' } }, 0)
  if (!reading.ok) throw new Error('refused')
  expect(reading.context.recent).toEqual({ untrusted: 12 * minute })
  expect(explain(denying, { tool: 'send_mail', args: {}, ...reading.context })).toMatchObject({
    verdict: 'deny',
    rule: '/flows/0',
    retryAfterMs: 18 * minute,
  })
  expect(explain(asking, { tool: 'send_mail', args: {}, ...reading.context })).toMatchObject({
    verdict: 'ask',
    facts: [{ path: 'recent.untrusted', actual: 12 * minute }],
  })
  expect(readContext({ recent: { untrusted: 0, sensitive: 90 } }, 0)).toMatchObject({
    context: { recent: { untrusted: 0, sensitive: 90_000 } },
  })
  for (const recent of [{ untrusted: 'soon' }, { secret: '1m' }, { untrusted: -1 }, [], 'x'])
    expect(readContext({ recent } as JsonObject, 0).ok).toBe(false)
})

test('mistakes are named with the nearest word', () => {
  expect(problemsOf(yaml('{version: "1", tools: {a: {labels: [untrustd]}}}'))).toMatchObject([
    { path: '/tools/a/labels/0', remedy: 'did you mean `untrusted`?' },
  ])
  const flow = (text: string) => problemsOf(yaml(`{version: "1", tools: {a: {}}, flows: [{${text}}]}`))
  expect(flow('after: untrusted, within: 8d, to: external, then: deny')).toMatchObject([
    { path: '/flows/0/within', message: '`within` is a span from 1 s to 7 days, found a longer one' },
  ])
  expect(flow('after: external, within: 1m, to: external, then: deny')).toMatchObject([{ path: '/flows/0/after' }])
  expect(flow('within: 1m, to: external, then: deny')).toMatchObject([{ code: 'missing-key', path: '/flows/0' }])
})

test('the normal form keeps labels and flows, and reads the same again', () => {
  const text = `{version: "1", tools: {a: {labels: [external]}}, flows: [{after: untrusted, within: 30m, to: external, then: require_approval, on_deny: x, approvers: [y]}]}`
  const { document } = loadedOf(yaml(text))
  expect(document['flows']).toEqual([
    Object.fromEntries([
      ...Object.entries({ after: 'untrusted', within: '1800s', to: 'external' }),
      ...[['then', 'require_approval']],
      ...Object.entries({ on_deny: 'x', approvers: ['y'] }),
    ]),
  ])
  expect(loadedOf(document).document).toEqual(document)
})
