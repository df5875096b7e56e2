/** What an answer changes of what a call took (`settle_from`), and what an agent is told of calendar periods. */
import { afterEach, expect, test } from 'vitest'
import { type Fields, fields, list, text } from '../../test/fixtures/fields.ts'
import {
  HandMadeUpstream,
  type PartsGateway,
  startParts,
  textResult,
  until,
} from '../../test/fixtures/gateway-parts.ts'
import { RawClient } from '../../test/fixtures/raw-client.ts'
import { systemClock } from '../clock.ts'
import type { UpstreamOutcome } from '../upstream/upstream.ts'
import type { JsonObject } from '../wire/json-types.ts'

let parts: PartsGateway | undefined

afterEach(async () => {
  await parts?.stop()
  parts = undefined
})

const capabilities = { elicitation: { form: {} } }
const budget = {
  version: '1',
  default: 'allow',
  tools: {
    act: {
      limits: [
        { counter: 'spend', window: 'day', max: 100, increment_from: 'args.amount', settle_from: 'result.charged' },
      ],
    },
  },
}

async function start(era: 'legacy' | 'modern' = 'modern', policy: Fields = budget) {
  const upstream = new HandMadeUpstream(era)
  const gateway = await startParts({ servers: { hand: upstream }, policy })
  parts = gateway
  const client = new RawClient(gateway.endpoint('hand'), gateway.tokens.alice, 'modern', { capabilities })
  const call = async (amount: number, more: Fields = {}) => {
    const answer = await client.request('tools/call', { name: 'act', arguments: { amount }, ...more })
    return answer.result ?? {}
  }
  /** What the counter holds, as a refusal tells it. */
  const used = async () => {
    const told = text(list((await call(99.5))['content'])[0]?.['text'])
    return Number(/: ([\d.]+) of 100 per day/.exec(told)?.[1] ?? Number.NaN)
  }
  const written = () => gateway.ledger.lines.filter(({ decision }) => decision.verdict === 'allow').at(-1)
  return { upstream, gateway, client, call, used, written }
}

const charged = (figure: unknown, more: JsonObject = {}): UpstreamOutcome =>
  textResult('done', { structuredContent: { charged: figure } as JsonObject, ...more })

test('the figure of the answer replaces the estimate, and stands in the record', async () => {
  const { upstream, call, used, written } = await start()
  upstream.answer = () => charged(3)
  expect((await call(10))['isError']).toBeUndefined()
  const [charge] = written()?.decision.charges ?? []
  expect(charge).toMatchObject({ units: 10 })
  expect(written()?.outcome).toMatchObject({ outcome: 'succeeded', settled: [{ bucket: charge?.bucket, units: 3 }] })
  expect(written()?.outcome?.note).toBeUndefined()
  expect(await used()).toBe(3)
  // a text block that holds an object is data as well
  upstream.answer = () => textResult('{"charged": 40}')
  await call(10)
  expect(await used()).toBe(43)
  // more than the estimate, and more than the maximum
  upstream.answer = () => charged(150)
  await call(10)
  expect(await used()).toBe(193)
})

test('what is no figure, and what did not succeed, leaves the estimate, and the record says why', async () => {
  const { upstream, call, used, written } = await start()
  const refusal = { code: 'ERR_UPSTREAM_UNREACHABLE', message: 'not reached' } as const
  const error = { code: -32000, message: 'broken' }
  const table: readonly (readonly [UpstreamOutcome, string])[] = [
    [charged('3'), '`spend` keeps its estimate: `result.charged` is no number'],
    [charged(-1), '`spend` keeps its estimate: `result.charged` is negative'],
    [charged(2 ** 60), '`spend` keeps its estimate: `result.charged` is too large'],
    [textResult('done'), '`spend` keeps its estimate: `result.charged` is missing'],
    [charged(0, { isError: true }), 'the estimates of its limits stay'],
    [{ kind: 'unknown', refusal }, 'not reached; the estimates of its limits stay'],
    [
      { kind: 'error', error, status: 200, bytes: 1, redactions: 0, certainlyNotExecuted: false },
      'error -32000; the estimates of its limits stay',
    ],
    [charged(0, { content: 'no list' }), '; the estimates of its limits stay'],
  ]
  for (const [outcome, note] of table) {
    upstream.answer = () => outcome
    await call(10)
    expect(written()?.outcome?.note).toContain(note)
    expect(written()?.outcome?.settled).toBeUndefined()
  }
  expect(await used()).toBe(80)
  // certainly not carried out: given back, and nothing to say about it
  upstream.answer = () => ({ kind: 'refused', refusal })
  await call(10)
  expect(written()?.outcome).toMatchObject({ released: true, note: 'not reached' })
  expect(await used()).toBe(80)
})

test('what the policy takes out of an answer, or withholds, is read before', async () => {
  const results = {
    redact: [{ path: 'result.charged' }],
    deny_if: [{ conditions: [{ path: 'result.secret', op: 'exists', value: true }] }],
  }
  const { upstream, call, used } = await start('modern', {
    ...budget,
    tools: { act: { ...budget.tools.act, results } },
  })
  upstream.answer = () => charged(3)
  expect(JSON.stringify(await call(10))).not.toContain('"charged":3')
  expect(await used()).toBe(3)
  upstream.answer = () => textResult('', { structuredContent: { charged: 20, secret: 'x' } })
  const withheld = await call(10)
  expect(withheld['isError']).toBe(true)
  expect(JSON.stringify(withheld)).not.toContain('"charged"')
  expect(await used()).toBe(23)
})

test('the outcome is written first: while it cannot be, the estimate stays', async () => {
  const { upstream, gateway, call, used } = await start()
  upstream.answer = () => charged(0)
  gateway.ledger.failing = 'close'
  await call(10)
  gateway.ledger.failing = undefined
  expect(await used()).toBe(10)
  // what certainly did not happen is given back all the same
  upstream.answer = () => ({ kind: 'refused', refusal: { code: 'ERR_UPSTREAM_UNREACHABLE', message: 'not reached' } })
  gateway.ledger.failing = 'close'
  await call(10)
  gateway.ledger.failing = undefined
  expect(await used()).toBe(10)
})

test('an estimate of nothing is settled too', async () => {
  const { upstream, call, used, written } = await start()
  upstream.answer = () => charged(60)
  await call(0)
  expect(written()?.decision.charges).toMatchObject([{ units: 0 }])
  expect(await used()).toBe(60)
})

const question = { message: 'sure?', requestedSchema: { type: 'object', properties: {} } }
const accept = { action: 'accept', content: {} }

test('a call that waited for its user is settled by its answer, whatever the era of its server', async () => {
  for (const era of ['modern', 'legacy'] as const) {
    const { upstream, call, used } = await start(era)
    upstream.answer = async ({ params, onRequest }) => {
      if (era === 'legacy') {
        await onRequest('elicitation/create', question, new AbortController().signal)
        return charged(70)
      }
      if (params['inputResponses'] !== undefined) return charged(70)
      const inputRequests = { k: { method: 'elicitation/create', params: question } }
      return textResult('', { resultType: 'input_required', inputRequests })
    }
    const asked = await call(10)
    const [key = ''] = Object.keys(fields(asked['inputRequests']))
    expect(await used()).toBe(10)
    const retry = { inputResponses: { [key]: accept }, requestState: asked['requestState'] }
    expect(JSON.stringify(await call(10, retry)), era).toContain('70')
    expect(await used(), era).toBe(70)
    await parts?.stop()
  }
})

test('a retry whose figure is less than what was paid gives nothing back', async () => {
  const { upstream, call, used, written } = await start()
  upstream.answer = ({ params }) => {
    if (params['inputResponses'] !== undefined) return charged(4)
    const inputRequests = { k: { method: 'elicitation/create', params: question } }
    return textResult('', { resultType: 'input_required', inputRequests })
  }
  const { requestState } = await call(10)
  await call(10, { inputResponses: { k: accept }, requestState })
  expect(written()?.outcome?.settled).toMatchObject([{ units: 0 }])
  expect(await used()).toBe(10)
})

test('a retry takes nothing by itself: it passes when there is no room, and an unknown end costs nothing more', async () => {
  const { upstream, call, used } = await start()
  upstream.answer = ({ params }) => {
    if (params['inputResponses'] !== undefined)
      return { kind: 'unknown', refusal: { code: 'ERR_UPSTREAM_UNREACHABLE', message: 'lost' } }
    const inputRequests = { k: { method: 'elicitation/create', params: question } }
    return textResult('', { resultType: 'input_required', inputRequests })
  }
  const { requestState } = await call(90)
  const told = await call(90, { inputResponses: { k: accept }, requestState })
  expect(text(list(told['content'])[0]?.['text'])).toContain('[OUTCOME UNKNOWN]')
  expect(await used()).toBe(90)
})

test('a question that nobody answers leaves the estimate', async () => {
  const { upstream, gateway, call, used } = await start('legacy')
  upstream.answer = async ({ onRequest, signal }) => {
    await onRequest('elicitation/create', question, signal)
    return signal.aborted
      ? { kind: 'unknown', refusal: { code: 'ERR_UPSTREAM_CANCELLED', message: 'cancelled' } }
      : charged(0)
  }
  await call(10)
  gateway.handle.gate.parked.cancelAll()
  await until(() => gateway.ledger.open === 0, 'the parked call is closed')
  expect(await used()).toBe(10)
})

test('a refusal names the calendar period and when the next one begins', async () => {
  let wallMs = Date.UTC(2026, 10, 30, 22, 30)
  const upstream = new HandMadeUpstream('modern')
  const monthly = { counter: 'acts', window: 'month', max: 2, align: 'calendar', zone: 'Europe/Berlin' }
  const gateway = await startParts({
    servers: { hand: upstream },
    policy: { version: '1', tools: { act: { limits: [monthly] } } },
    clock: { ...systemClock, wallMs: () => wallMs },
  })
  parts = gateway
  const client = new RawClient(gateway.endpoint('hand'), gateway.tokens.alice, 'modern')
  const call = async () => (await client.request('tools/call', { name: 'act', arguments: {} })).result ?? {}
  await call()
  await call()
  const refused = await call()
  expect(text(list(refused['content'])[0]?.['text'])).toBe(
    '[POLICY DENIED] limit `acts` is used up: 2 of 2 this month, until 2026-12-01 00:00 Europe/Berlin',
  )
  expect(fields(fields(refused['_meta'])['dev.sallyport/decision'])).toMatchObject({
    ...{ code: 'ERR_LIMIT_REACHED', rule: '/tools/act/limits/0', retryable: true, retryAfterMs: 30 * 60_000 },
  })
  wallMs += 30 * 60_000
  expect((await call())['isError']).toBeUndefined()
  // back in November, where everything was used
  wallMs -= 1
  expect((await call())['isError']).toBe(true)
})
