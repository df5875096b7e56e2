import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { type Clock, systemClock } from '../clock.ts'
import type { Rows } from '../rows.ts'
import type { JsonObject } from '../wire/json-types.ts'
import type { GrantTerms } from './grant.ts'
import { type FileGrant, Grants, readBearer } from './grants.ts'

function memoryRows(): Rows {
  const kept = new Map<string, Map<string, JsonObject>>()
  const kindOf = (kind: string) => kept.get(kind) ?? (kept.set(kind, new Map()).get(kind) as Map<string, JsonObject>)
  return {
    all: async kind => [...kindOf(kind)].map(([name, value]) => ({ name, value })),
    put: async (kind, name, value) => void kindOf(kind).set(name, structuredClone(value)),
    remove: async (kind, name) => void kindOf(kind).delete(name),
  }
}

function clockAt(start: number): Clock & { now: number } {
  const clock = { ...systemClock, now: start, wallMs: () => clock.now }
  return clock
}

const terms: GrantTerms = {
  name: 'ci',
  principal: { id: 'ci-bot', kind: 'service', roles: ['builder'], groups: [] },
  labels: { team: 'build' },
  servers: new Map([
    ['files', 'read-only'],
    ['mail', undefined],
  ]),
}

async function open(rows = memoryRows(), clock: Clock = systemClock) {
  return await Grants.open({ clock, rows, random: size => randomBytes(size) })
}

async function created(grants: Grants, more: Partial<GrantTerms> = {}): Promise<string> {
  const made = await grants.create({ ...terms, ...more })
  if (!made.ok) throw new Error(made.refusal.message)
  return made.value.token
}

function codeOf(result: { ok: boolean; refusal?: { code: string } }): string {
  return result.ok ? 'found' : (result.refusal?.code ?? '')
}

test('a token is found, survives a restart, and is kept only as a hash', async () => {
  const rows = memoryRows()
  const token = await created(await open(rows))
  expect(token).toMatch(/^sp_[A-Za-z0-9_-]{43}$/)
  const again = await open(rows)
  const found = again.find(token)
  expect(found.ok && found.value).toMatchObject({ ...terms, managedBy: 'api' })
  expect(JSON.stringify(await rows.all('grant'))).not.toContain(token)
})

test('a revoked token is refused at the next call and after a restart; its name is free again', async () => {
  const rows = memoryRows()
  const grants = await open(rows)
  const token = await created(grants)
  expect((await grants.revoke('ci')).ok).toBe(true)
  expect(codeOf(grants.find(token))).toBe('ERR_AUTH_REVOKED')
  expect(codeOf((await open(rows)).find(token))).toBe('ERR_AUTH_REVOKED')
  expect(codeOf(grants.find(await created(grants)))).toBe('found')
  expect(codeOf(grants.find(token))).toBe('ERR_AUTH_REVOKED')
})

test('rotation ends the old token and keeps the grant', async () => {
  const grants = await open()
  const old = await created(grants)
  const before = grants.find(old)
  const rotated = await grants.rotate('ci')
  if (!rotated.ok || !before.ok) throw new Error('refused')
  expect(codeOf(grants.find(old))).toBe('ERR_AUTH_REVOKED')
  expect(grants.find(rotated.value.token)).toEqual(before)
})

test('of two grants of one name made at once, one is made', async () => {
  const grants = await open()
  const results = await Promise.all([grants.create(terms), grants.create(terms)])
  expect(results.map(codeOf).sort()).toEqual(['ERR_GRANT_EXISTS', 'found'])
})

test('an expired token is refused by the wall clock', async () => {
  const clock = clockAt(1_000)
  const grants = await open(memoryRows(), clock)
  const token = await created(grants, { expiresAtMs: 2_000 })
  clock.now = 1_999
  expect(codeOf(grants.find(token))).toBe('found')
  clock.now = 2_000
  expect(codeOf(grants.find(token))).toBe('ERR_AUTH_EXPIRED')
  expect(grants.get('ci')?.state).toBe('expired')
})

const envToken = randomBytes(32).toString('base64')

test('grants of the file replace one another; those of the API stay', async () => {
  const grants = await open()
  const apiToken = await created(grants, { name: 'other' })
  const declared: FileGrant = { ...terms, token: envToken }
  await grants.replaceFileGrants([declared])
  const first = grants.find(envToken)
  expect(first.ok && first.value.managedBy).toBe('file')
  await grants.replaceFileGrants([{ ...declared, principal: { ...terms.principal, id: 'somebody-else' } }])
  const second = grants.find(envToken)
  expect(first.ok && second.ok && first.value.id !== second.value.id).toBe(true)
  await grants.replaceFileGrants([])
  expect(codeOf(grants.find(envToken))).toBe('ERR_AUTH_UNKNOWN_TOKEN')
  expect(codeOf(grants.find(apiToken))).toBe('found')
})

test('a grant of the file without a token gets one minted, which outlives a restart', async () => {
  const rows = memoryRows()
  const grants = await open(rows)
  await grants.replaceFileGrants([terms])
  expect(grants.get('ci')?.state).toBe('no token')
  const minted = await grants.mintDeclared('ci')
  if (!minted.ok) throw new Error(minted.refusal.message)
  expect(codeOf(await grants.mintDeclared('ci'))).toBe('ERR_GRANT_EXISTS')
  const again = await open(rows)
  expect(codeOf(again.find(minted.value.token))).toBe('ERR_AUTH_UNKNOWN_TOKEN')
  await again.replaceFileGrants([terms])
  expect(codeOf(again.find(minted.value.token))).toBe('found')
})

test('a revoked token of the file stays revoked while the environment still holds it', async () => {
  const rows = memoryRows()
  const grants = await open(rows)
  await grants.replaceFileGrants([{ ...terms, token: envToken }])
  expect(codeOf(await grants.rotate('ci'))).toBe('ERR_GRANT_MANAGED_BY_FILE')
  await grants.revoke('ci')
  await grants.replaceFileGrants([{ ...terms, token: envToken }])
  expect(codeOf(grants.find(envToken))).toBe('ERR_AUTH_REVOKED')
  expect(grants.get('ci')?.state).toBe('revoked')
})

test('a lifetime of the file counts from when it was first seen, not from each reading', async () => {
  const clock = clockAt(0)
  const rows = memoryRows()
  const declared: FileGrant = { ...terms, token: envToken, lifetime: { text: '1m', ms: 60_000 } }
  const grants = await open(rows, clock)
  await grants.replaceFileGrants([declared])
  clock.now = 59_000
  await grants.replaceFileGrants([declared])
  expect(codeOf(grants.find(envToken))).toBe('found')
  clock.now = 60_000
  const again = await open(rows, clock)
  await again.replaceFileGrants([declared])
  expect(codeOf(again.find(envToken))).toBe('ERR_AUTH_EXPIRED')
})

test('exactly one Bearer credential', () => {
  expect(readBearer('Bearer abc.def')).toEqual({ ok: true, value: 'abc.def' })
  expect(readBearer('bearer  abc')).toEqual({ ok: true, value: 'abc' })
  expect(codeOf(readBearer(undefined))).toBe('ERR_AUTH_MISSING')
  for (const bad of [
    '',
    'Bearer',
    'Bearer ',
    'Bearer    ',
    'Basic YTpi',
    'abc',
    'Bearer a b',
    'Bearer a, Bearer b',
    'Bearer é',
  ])
    expect([bad, codeOf(readBearer(bad))]).toEqual([bad, 'ERR_AUTH_MALFORMED'])
})
