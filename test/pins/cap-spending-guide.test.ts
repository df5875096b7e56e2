/**
 * `docs/guides/cap-spending.md`, done: its files are written as it shows them, its policies load without a warning, its
 * cases pass, and what it shows of a running gateway is what comes.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { compileSchema } from '../../src/catalogue/schema.ts'
import { systemClock } from '../../src/clock.ts'
import { type Fields, fields, list, text } from '../fixtures/fields.ts'
import { ledgerOf, localServer, startGateway } from '../fixtures/gateway.ts'
import { HandMadeUpstream, startParts } from '../fixtures/gateway-parts.ts'
import { loadedOf } from '../fixtures/policy-call.ts'
import { RawClient } from '../fixtures/raw-client.ts'
import { runRecorded } from '../fixtures/recorded-shell.ts'
import { startShopUpstream } from '../fixtures/shop-upstream.ts'

const guide = readFileSync('docs/guides/cap-spending.md', 'utf8')
const fences = [...guide.matchAll(/^```(\w+)(?: (\S+))?\n([\s\S]*?)^```$/gm)].map(([, language, name, body]) => ({
  language: language ?? '',
  name: name ?? '',
  body: body ?? '',
}))
const files = fences.filter(({ language }) => language === 'yaml')
const policies = files.filter(({ name }) => !name.endsWith('.test.yaml'))
const cases = files.filter(({ name }) => name.endsWith('.test.yaml'))

function shown(beginning: string): string {
  return fences.find(({ body }) => body.startsWith(beginning))?.body ?? ''
}

function policyNamed(name: string): Fields {
  return parse(policies.find(policy => policy.name === `policies/${name}.yaml`)?.body ?? '') as Fields
}

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-guide-'))
  for (const { name, body } of files) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), body)
  }
})
afterAll(() => rmSync(folder, { recursive: true }))

test('every policy has its cases, and they pass', async () => {
  expect(policies).toHaveLength(6)
  expect(cases.map(({ name }) => name.replace('.test.', '.'))).toEqual(policies.map(({ name }) => name))
  const ran = await runRecorded(['policy', 'test', ...cases.map(({ name }) => join(folder, name))])
  expect(ran.out + ran.err).toContain('14 cases passed, 0 failed')
  expect(ran.code).toBe(0)
})

test.each(policies)('$name loads without a warning, and each of its limits is seen at work', async ({ name, body }) => {
  expect(loadedOf(body, { compileSchema }).problems).toEqual([])
  const ran = await runRecorded(['policy', 'test', join(folder, name.replace('.yaml', '.test.yaml'))])
  expect(ran.out).not.toContain('/limits/')
})

test('what a running gateway says of what is used, and what its records hold', async () => {
  const shop = await startShopUpstream('modern', 'buy')
  const gateway = await startGateway({
    servers: { shop: localServer(shop.url) },
    policies: { month: policyNamed('month') },
    grants: { buyer: { servers: { shop: 'month' } } },
  })
  try {
    const client = new RawClient(gateway.endpoint('shop'), gateway.tokens['buyer'] ?? '', 'modern')
    await client.request('tools/call', { name: 'buy', arguments: { price: 45_000 } })
    const asked = ['--grant', 'buyer', '--server', 'shop', '--tool', 'buy', '--args', '{"price": 20000}']
    expect(guide).toContain(`${asked.slice(0, -1).join(' ')} '${asked.at(-1)}'`)
    const ran = await runRecorded(['policy', 'explain', ...asked, '--data-dir', gateway.dataDir])
    expect(ran.out.replace(/version \w{12}/, 'version 88dabaffe32e')).toBe(shown('allow  buy'))
    const taken = (await ledgerOf(gateway)).find(line => line['tool'] === 'buy')
    expect(taken).toMatchObject({ outcome: 'succeeded', charges: [{ units: 45_000 }] })
  } finally {
    await gateway.stop()
    await shop.stop()
  }
})

test('what an agent sees', async () => {
  let passedMs = 0
  const beginMs = Date.UTC(2026, 10, 1)
  const gateway = await startParts({
    servers: { shop: new HandMadeUpstream('modern') },
    policy: policyNamed('month'),
    tools: [{ name: 'buy', inputSchema: { type: 'object' } }],
    clock: { ...systemClock, wallMs: () => beginMs + passedMs, steadyMs: () => systemClock.steadyMs() + passedMs },
  })
  try {
    const client = new RawClient(gateway.endpoint('shop'), gateway.tokens.alice, 'modern')
    const buy = async (price: number) => {
      const { result } = await client.request('tools/call', { name: 'buy', arguments: { price } })
      return result ?? {}
    }
    for (let day = 0; day < 10; day++) {
      await buy(99_000)
      passedMs += 86_400_000
    }
    passedMs = Date.UTC(2026, 10, 30, 22, 30) - beginMs
    const refused = await buy(20_000)
    expect(`${text(list(refused['content'])[0]?.['text'])}\n`).toBe(shown('[POLICY DENIED]'))
    const decision = fields(fields(refused['_meta'])['dev.sallyport/decision'])
    expect(decision).toMatchObject(JSON.parse(shown('{\n  "verdict"')) as Fields)
  } finally {
    await gateway.stop()
  }
})
