import { expect, test } from 'vitest'
import { runRecorded } from '../../test/fixtures/recorded-shell.ts'
import { findServer, shippedServers } from '../catalogue/shipped.ts'

const run = (...argv: readonly string[]) => runRecorded(['catalogue', 'show', ...argv])

test('show says the newest step in a line or two, and how to see the others', async () => {
  const { code, out } = await run('playwright')
  expect(code).toBe(0)
  const line = out.slice(out.indexOf('\ndrift')).split('\n\n')[0]?.replaceAll(/\s+/g, ' ')
  expect(line).toMatch(
    /^ drift [\d.]+ → [\d.]+ \(by \d{4}-\d\d-\d\d\): .*\d tools changed .*; \d earlier steps?; all of it with --history$/,
  )
})

test('--history: every step, what became riskier with its places before the rest', async () => {
  const { code, out } = await run('playwright', '--history')
  expect(code).toBe(0)
  const steps = findServer('playwright')?.record.history ?? []
  expect(out.match(/^[\d.]+ → [\d.]+/gm)).toEqual(steps.map(({ from, to }) => `${from} → ${to}`))
  expect(out).toMatch(
    /^ {2}browser_find\n {4}medium risk: new: file_path\n {6}\/inputSchema\/properties\/filename: a new argument$/m,
  )
  const json = JSON.parse((await run('playwright', '--history', '--json')).out) as { history: unknown }
  expect(json).toEqual({ slug: 'playwright', version: findServer('playwright')?.record.version, history: steps })
})

test('--history of every server fits 80 columns', async () => {
  for (const { record } of shippedServers().filter(each => each.record.history.length > 0))
    for (const line of (await run(record.slug, '--history')).out.split('\n'))
      if (line.trim().includes(' ')) expect(line.length, line).toBeLessThanOrEqual(80)
})

test('a server without a history says what that means', async () => {
  const bare = shippedServers().find(({ record }) => record.history.length === 0)?.record.slug ?? ''
  const said = 'no earlier release was compared with this one: what changed before is not known'
  expect((await run(bare)).out.replaceAll(/\s+/g, ' ')).toContain(`drift ${said}`)
  expect((await run(bare, '--history')).out).toContain(said)
})

test('--history is shown alone', async () => {
  const { code, err } = await run('playwright', '--history', '--tool', 'browser_find')
  expect(code).toBe(2)
  expect(err).toContain('`--history` is shown alone')
})

test('tools that cannot be pinned are named, with the reason, and say so themselves', async () => {
  const flat = (text: string) => text.replaceAll(/\s+/g, ' ')
  const said = 'cannot be pinned, so not used through the gateway, whatever a policy says: '
  expect(flat((await run('microsoft-365')).out)).toContain(`${said}create-contact-folder, `)
  const { out } = await run('microsoft-365', '--tool', 'create-mail-folder')
  expect(flat(out)).toContain(`${said}create-mail-folder: the input schema is refused: a \`$ref\` leads back to itself`)
  expect((await run('memory')).out).not.toContain('cannot be pinned')
  const json = JSON.parse((await run('microsoft-365', '--json')).out) as { notPinned: readonly { tool: string }[] }
  expect(json.notPinned).toHaveLength(10)
})
