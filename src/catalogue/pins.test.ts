import { expect, test } from 'vitest'
import { systemClock } from '../clock.ts'
import type { Rows } from '../rows.ts'
import type { JsonObject } from '../wire/json-types.ts'
import { compareDefinitions } from './drift.ts'
import { Pins } from './pins.ts'

function memoryRows(): Rows & { fail: boolean } {
  const kept = new Map<string, Map<string, string>>()
  const kindOf = (kind: string) => kept.get(kind) ?? (kept.set(kind, new Map()).get(kind) as Map<string, string>)
  const rows = {
    fail: false,
    all: async (kind: string) =>
      [...kindOf(kind)].map(([name, text]) => ({ name, value: JSON.parse(text) as JsonObject })),
    put: async (kind: string, name: string, value: JsonObject) => {
      if (rows.fail) throw new Error('disk full')
      kindOf(kind).set(name, JSON.stringify(value))
    },
    remove: async (kind: string, name: string) => void kindOf(kind).delete(name),
  }
  return rows
}

function tool(name: string, description = `does ${name}`): JsonObject {
  return { name, description, inputSchema: { type: 'object' } }
}

const open = (rows: Rows) => Pins.open({ clock: systemClock, rows })

function stateOf(pins: Pins, name: string, server = 'files'): string {
  return pins.get(server, name)?.state ?? 'unknown'
}

async function approveAll(pins: Pins, server = 'files'): Promise<void> {
  const reviewed = pins.list(server).map(({ name, hash }) => ({ tool: name, hash }))
  const approved = await pins.approve(server, reviewed)
  if (!approved.ok) throw new Error(approved.refusal.message)
}

function differences(pins: Pins) {
  const pin = pins.get('files', 'read')
  return pin?.approvedDefinition === undefined ? [] : compareDefinitions(pin.approvedDefinition, pin.definition)
}

test('under review, everything waits until its hash is approved, and an approval survives a restart', async () => {
  const rows = memoryRows()
  const pins = await open(rows)
  expect(await pins.observe('files', [tool('read'), tool('write')], 'review')).toMatchObject({
    added: ['read', 'write'],
  })
  expect([stateOf(pins, 'read'), stateOf(pins, 'write')]).toEqual(['pending', 'pending'])
  await approveAll(pins)
  expect([stateOf(pins, 'read'), stateOf(await open(rows), 'write')]).toEqual(['approved', 'approved'])
})

test('under trust-first, the first list is approved and nothing after it', async () => {
  const rows = memoryRows()
  const pins = await open(rows)
  await pins.observe('files', [tool('read')], 'trust-first')
  expect(stateOf(pins, 'read')).toBe('approved')
  await pins.observe('files', [tool('read'), tool('write')], 'trust-first')
  expect(stateOf(pins, 'write')).toBe('pending')
  const again = await open(rows)
  await again.observe('files', [tool('read'), tool('write'), tool('more')], 'trust-first')
  expect([stateOf(again, 'read'), stateOf(again, 'write'), stateOf(again, 'more')]).toEqual([
    'approved',
    'pending',
    'pending',
  ])
})

test('a changed definition waits, shows what changed, and the old text returning needs no new review', async () => {
  const rows = memoryRows()
  const pins = await open(rows)
  await pins.observe('files', [tool('read')], 'trust-first')
  expect(await pins.observe('files', [tool('read', 'does more')], 'trust-first')).toMatchObject({ changed: ['read'] })
  expect(stateOf(pins, 'read')).toBe('pending')
  expect(differences(pins)).toMatchObject([{ path: '/description', before: 'does read', after: 'does more' }])
  const again = await open(rows)
  expect(stateOf(again, 'read')).toBe('pending')
  expect(differences(again)).toHaveLength(1)
  await again.observe('files', [tool('read')], 'review')
  expect(stateOf(again, 'read')).toBe('approved')
})

test('an approval is bound to the hash that was shown, all or none', async () => {
  const pins = await open(memoryRows())
  await pins.observe('files', [tool('read'), tool('write')], 'review')
  const shown = pins.list('files').map(({ name, hash }) => ({ tool: name, hash }))
  await pins.observe('files', [tool('read'), tool('write', 'something else')], 'review')
  const approved = await pins.approve('files', shown)
  expect(approved.ok ? '' : approved.refusal.code).toBe('ERR_PIN_MOVED')
  expect([stateOf(pins, 'read'), stateOf(pins, 'write')]).toEqual(['pending', 'pending'])
  const unknown = await pins.approve('files', [{ tool: 'nothing', hash: '' }])
  expect(unknown.ok ? '' : unknown.refusal.code).toBe('ERR_PIN_UNKNOWN')
})

test('a tool that is gone is not offered; it comes back approved only as it was', async () => {
  const rows = memoryRows()
  const pins = await open(rows)
  await pins.observe('files', [tool('read'), tool('write')], 'trust-first')
  expect(await pins.observe('files', [tool('write')], 'review')).toMatchObject({ removed: ['read'] })
  expect(stateOf(pins, 'read')).toBe('unknown')
  expect(pins.list('files').map(pin => pin.state)).toEqual(['gone', 'approved'])
  const again = await open(rows)
  expect(stateOf(again, 'read')).toBe('unknown')
  await again.observe('files', [tool('read', 'other'), tool('write')], 'review')
  expect(stateOf(again, 'read')).toBe('pending')
  await again.observe('files', [tool('read'), tool('write')], 'review')
  expect(stateOf(again, 'read')).toBe('approved')
})

test('a name offered twice is refused, and so is a definition that cannot be named', async () => {
  const pins = await open(memoryRows())
  const seen = await pins.observe(
    'files',
    [tool('read'), tool('read', 'twin'), tool('a/b'), { description: 'x' }],
    'trust-first',
  )
  expect(stateOf(pins, 'read')).toBe('refused')
  expect(seen.refused.map(({ tool: name }) => name)).toEqual(['read', 'a/b', '(no name)'])
  const approved = await pins.approve('files', [{ tool: 'read', hash: pins.get('files', 'read')?.hash ?? '' }])
  expect(approved.ok ? '' : approved.refusal.code).toBe('ERR_PIN_REFUSED')
})

test('when the store fails, what closes a tool holds and what opens one does not', async () => {
  const rows = memoryRows()
  const pins = await open(rows)
  await pins.observe('files', [tool('read')], 'trust-first')
  rows.fail = true
  await expect(pins.observe('files', [tool('read', 'changed')], 'review')).rejects.toThrow('disk full')
  expect(stateOf(pins, 'read')).toBe('pending')
  await expect(pins.approve('files', [{ tool: 'read', hash: pins.get('files', 'read')?.hash ?? '' }])).rejects.toThrow()
  expect(stateOf(pins, 'read')).toBe('pending')
  await expect(pins.observe('mail', [tool('send')], 'trust-first')).rejects.toThrow()
  expect(stateOf(pins, 'send', 'mail')).toBe('unknown')
})

test('a forgotten server is seen for the first time again', async () => {
  const rows = memoryRows()
  const pins = await open(rows)
  await pins.observe('files', [tool('read')], 'trust-first')
  await pins.forget('files')
  expect(stateOf(await open(rows), 'read')).toBe('unknown')
  await pins.observe('files', [tool('read', 'new')], 'trust-first')
  expect(stateOf(pins, 'read')).toBe('approved')
})

test('a row that does not match its hash is a fault', async () => {
  const rows = memoryRows()
  const pins = await open(rows)
  await pins.observe('files', [tool('read')], 'trust-first')
  const [row] = await rows.all('pin')
  await rows.put('pin', 'files/read', { ...row?.value, definition: JSON.stringify(tool('read', 'forged')) })
  await expect(open(rows)).rejects.toThrow('internal fault')
})

test('numbers that a double cannot hold survive the store, digit for digit', async () => {
  const rows = memoryRows()
  const pins = await open(rows)
  const raw = (JSON as unknown as { rawJSON(text: string): JsonObject }).rawJSON('9007199254740993')
  await pins.observe('files', [{ ...tool('read'), _meta: { precise: raw } }], 'trust-first')
  expect(JSON.stringify((await open(rows)).get('files', 'read')?.definition)).toContain('9007199254740993')
})
