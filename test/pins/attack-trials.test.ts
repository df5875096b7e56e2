/**
 * Every replay of the attack database through a running gateway, over HTTP, with its policy: what is stopped does not
 * reach the server, what is allowed does, and an answer shows what it should. The same calls with a policy that allows
 * everything reach the server; requests that the gateway refuses before any rule have their effect at a naive server.
 */
import { request as httpRequest } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { allAttacks } from '../../src/catalogue/attacks/database.ts'
import type { Attack, CallStep, SendStep } from '../../src/catalogue/attacks/model.ts'
import { type Clock, systemClock } from '../../src/clock.ts'
import type { JsonObject } from '../../src/wire/json-types.ts'
import { answerOf } from '../fixtures/attack-trial.ts'
import { type Fields, fields, list, text } from '../fixtures/fields.ts'
import { adminOf, type GrantPlan, localServer, startGateway, type TestGateway } from '../fixtures/gateway.ts'
import { RawClient } from '../fixtures/raw-client.ts'
import {
  type NaiveEndpoint,
  startNaiveEndpoint,
  startTrialUpstream,
  type TrialContent,
} from '../fixtures/trial-upstream.ts'
import type { FixtureServer } from '../fixtures/upstream-server.ts'

const all = allAttacks()
const servers = new Map<string, FixtureServer<TrialContent>>()
let gateway: TestGateway
let naive: NaiveEndpoint

/** Time runs as on this machine, from a Monday morning on, and further when a replay says so. */
let aheadMs = Date.UTC(2026, 10, 23, 10) - systemClock.wallMs()
const clock: Clock = {
  ...systemClock,
  wallMs: () => systemClock.wallMs() + aheadMs,
  steadyMs: () => systemClock.steadyMs() + aheadMs,
}

const callsOf = (attack: Attack) => attack.trial.steps.filter((step): step is CallStep => 'tool' in step)
const callerOf = ({ callerId, roles }: CallStep) => [callerId ?? 'agent', ...roles].join(' ')
const principalOf = (attack: Attack, { callerId }: CallStep) => callerId ?? `agent of ${attack.id}`

/** A grant for each caller of each replay, under its policy and under one that allows everything. */
function grantsOf(attack: Attack, index: number): Record<string, GrantPlan> {
  const callers = new Map(callsOf(attack).map(step => [callerOf(step), step]))
  return Object.fromEntries(
    [...callers.values()].flatMap((step, number) => {
      const more = { principal: principalOf(attack, step), roles: step.roles }
      return [
        [`g${index}-${number}`, { servers: { [attack.id]: attack.id }, ...more }],
        [`o${index}-${number}`, { servers: { [attack.id]: 'allow-all' }, ...more }],
      ]
    }),
  )
}

function clientOf(attack: Attack, step: CallStep, kind: 'g' | 'o'): RawClient {
  const callers = [...new Set(callsOf(attack).map(callerOf))]
  const grant = `${kind}${all.indexOf(attack)}-${callers.indexOf(callerOf(step))}`
  return new RawClient(gateway.endpoint(attack.id), text(gateway.tokens[grant]), 'modern')
}

beforeAll(async () => {
  for (const attack of all) servers.set(attack.id, await startTrialUpstream(attack.trial.tools))
  naive = await startNaiveEndpoint()
  gateway = await startGateway({
    servers: Object.fromEntries([...servers].map(([id, { url }]) => [id, localServer(url)])),
    policies: Object.fromEntries(all.map(({ id, prevention }) => [id, parse(prevention.policy) as Fields])),
    grants: Object.assign({}, ...all.map(grantsOf)) as Record<string, GrantPlan>,
    clock,
  })
})

afterAll(async () => {
  await gateway.stop()
  await Promise.all([...servers.values(), naive].map(each => each.stop()))
})

const contentOf = (attack: Attack): TrialContent => (servers.get(attack.id) as FixtureServer<TrialContent>).content

interface Called {
  readonly reached: boolean
  readonly answer: string
  readonly decision: Fields
  readonly isError: boolean
}

async function call(attack: Attack, step: CallStep, kind: 'g' | 'o'): Promise<Called> {
  const content = contentOf(attack)
  content.reply = step.answer === undefined ? undefined : answerOf(step)
  content.reached.length = 0
  const isTool = !step.tool.includes('/')
  const params = isTool ? { name: step.tool, arguments: step.args } : step.args
  const { result, error } = await clientOf(attack, step, kind).request(isTool ? 'tools/call' : step.tool, params)
  const meta = fields(fields(result)['_meta'])
  const data = fields(error?.['data'])
  return {
    reached: content.reached.some(({ method }) => method === (isTool ? 'tools/call' : step.tool)),
    answer: JSON.stringify(result ?? error),
    decision: { ...data, ...fields(data['decision']), ...fields(meta['dev.sallyport/decision']) },
    isError: result === undefined || result['isError'] === true,
  }
}

async function send(attack: Attack, step: SendStep): Promise<{ status: number; body: string }> {
  const owner = callsOf(attack)[0] as CallStep
  const session = await new RawClient(
    gateway.endpoint(attack.id),
    clientOf(attack, owner, 'g').token,
    'legacy',
  ).connect()
  const fill = (given: string) =>
    given.replaceAll('{server}', attack.id).replaceAll('{session}', session.sessionId ?? '')
  const credentials: Readonly<Record<string, string | undefined>> = {
    agent: `Bearer ${session.token}`,
    other: `Bearer ${clientOf(attack, owner, 'o').token}`,
    operator: `Bearer ${(await adminOf(gateway)).credential}`,
    none: undefined,
  }
  const authorization = Object.hasOwn(credentials, step.credential) ? credentials[step.credential] : step.credential
  const headers = {
    accept: 'application/json, text/event-stream',
    ...(authorization === undefined ? {} : { authorization }),
    ...Object.fromEntries(Object.entries(step.headers).map(([name, value]) => [name, fill(value)])),
  }
  contentOf(attack).reached.length = 0
  return new Promise((resolve, reject) => {
    const request = httpRequest(gateway.url + fill(step.path), { method: step.method, headers }, response => {
      let body = ''
      response.on('data', (chunk: Buffer) => {
        body += chunk.toString('utf8')
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
    })
    request.on('error', reject)
    request.end(fill(step.body))
  })
}

/** Lets the server offer `tools`, and waits until the gateway lists all of them but `withdrawn`. */
async function offer(attack: Attack, tools: readonly JsonObject[], withdrawn: number): Promise<void> {
  const content = contentOf(attack)
  content.tools = tools.map(each => ({ ...each }))
  content.changed()
  const client = clientOf(attack, callsOf(attack)[0] as CallStep, 'o')
  const listed = async () => list((await client.request('tools/list')).result?.['tools']).length
  await expect.poll(listed, { timeout: 10_000, interval: 200 }).toBe(tools.length - withdrawn)
}

async function passes(attack: Attack, step: CallStep): Promise<void> {
  const { reached, isError, answer } = await call(attack, step, 'g')
  expect([step.title, reached, isError, answer]).toEqual([step.title, true, false, answer])
}

async function endsAsSaid(attack: Attack, step: CallStep): Promise<void> {
  aheadMs += step.laterMs
  for (let count = 1; count < step.times; count += 1) await passes(attack, step)
  const { reached, answer, decision, isError } = await call(attack, step, 'g')
  expect([step.title, reached]).toEqual([step.title, step.expect === 'allow' || step.expect === 'withheld'])
  expect([step.title, isError]).toEqual([step.title, step.expect !== 'allow'])
  for (const hidden of step.hides) expect(answer, step.title).not.toContain(hidden)
  for (const shown of step.shows) expect(answer, step.title).toContain(shown)
  if (step.rule !== undefined && !step.tool.includes('/') && step.rule !== '(hidden)')
    expect([step.title, decision['rule']]).toEqual([step.title, step.rule])
  if (step.code !== undefined) expect([step.title, decision['code']]).toEqual([step.title, step.code])
  if (step.expect === 'ask') expect([step.title, decision['verdict']]).toEqual([step.title, 'ask'])
  if (step.expect === 'limit') expect([step.title, typeof decision['retryAfterMs']]).toEqual([step.title, 'number'])
}

describe.each(all.map(attack => [attack.id, attack] as const))('%s', (_id, attack) => {
  test('through the gateway with its policy, the attack fails and the work passes', async () => {
    for (const step of attack.trial.steps) {
      if (step.kind === 'change') {
        const changed = new Map(step.tools.map(each => [each['name'], each]))
        await offer(
          attack,
          attack.trial.tools.map(each => changed.get(each['name']) ?? each),
          step.tools.length,
        )
      } else if ('tool' in step) await endsAsSaid(attack, step)
      else {
        const { status, body } = await send(attack, step)
        expect([step.title, status, body]).toEqual([step.title, step.status, body])
        if (step.says !== undefined) expect(body).toContain(step.says)
        expect(contentOf(attack).reached.filter(({ method }) => method === 'tools/call')).toEqual([])
      }
    }
  })

  test('with a policy that allows everything, the calls of the attack reach the server and its answers the agent', async () => {
    if (attack.trial.steps.some(({ kind }) => kind === 'change')) await offer(attack, attack.trial.tools, 0)
    const offered = new Set(attack.trial.tools.map(({ name }) => name))
    for (const step of callsOf(attack)) {
      if (step.expect === 'refused' || !(offered.has(step.tool) || step.tool.includes('/'))) continue
      const { reached, answer } = await call(attack, step, 'o')
      expect([step.title, reached, answer]).toEqual([step.title, true, answer])
      for (const hidden of step.hides) expect(answer, step.title).toContain(hidden)
    }
  })
})

const sends = all.flatMap(attack =>
  attack.trial.steps.flatMap(step =>
    'status' in step && step.path === '/mcp/{server}' ? [[attack.id, step] as const] : [],
  ),
)

test.each(sends)('%s: what the gateway refuses has its effect at a naive server', async (_id, step) => {
  naive.ran.length = 0
  const response = await fetch(naive.url, { method: 'POST', body: step.body })
  await response.arrayBuffer()
  expect(naive.ran.length).toBeGreaterThan(0)
})
