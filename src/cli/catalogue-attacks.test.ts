import { expect, test } from 'vitest'
import { runRecorded } from '../../test/fixtures/recorded-shell.ts'
import { attackIds } from '../catalogue/attacks/ids.ts'
import { attackClasses } from '../catalogue/attacks/model.ts'
import { compileSchema } from '../catalogue/schema.ts'
import { loadPolicy } from '../policy/load.ts'

const run = (...argv: readonly string[]) => runRecorded(['catalogue', 'attacks', ...argv])

test('the list names every attack under its class, and fits 80 columns', async () => {
  const { code, out } = await run()
  expect(code).toBe(0)
  for (const id of attackIds) expect(out).toMatch(new RegExp(`^${id} `, 'm'))
  for (const line of out.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80)
  expect(out).toContain('\nPrompt and metadata\n')
  expect(out).toMatch(/\n54 attacks\. One of them, with its policy: sallyport catalogue attacks ID\n$/)
})

test.each(attackClasses)('--class %s lists its own only', async name => {
  const { out } = await run('--class', name, '--json')
  const { attacks } = JSON.parse(out) as { attacks: { id: string; class: string }[] }
  expect(attacks.length).toBeGreaterThanOrEqual(3)
  for (const each of attacks) expect(each.class).toBe(name)
})

test.each(attackIds)('%s is readable at 80 columns, its policy whole', async id => {
  const { code, out } = await run(id)
  expect(code).toBe(0)
  for (const line of out.split('\n')) if (!line.includes('https://')) expect(line.length, line).toBeLessThanOrEqual(80)
  const policy = (await run(id, '--policy')).out
  expect(out.endsWith(`\nPolicy\n\n${policy}`)).toBe(true)
  expect(loadPolicy(id, policy, { compileSchema }).ok).toBe(true)
})

test('an entry as people read it', async () => {
  const { out } = await run('header-body-mismatch')
  expect(out).toContain(`Header says one tool, body another

id        header-body-mismatch
class     Protocol
status    theoretical: no public case is known
severity  high
concerns  every server of revision 2026-07-28 behind anything that reads the
          headers
OWASP     LLM06 · ASI02 · MCP05, MCP07

Since revision 2026-07-28 a request names its method and its tool in headers as
well, so that proxies need not read bodies.`)
  expect(out).toContain(`
Tried in every test run
  work    passes   reads a note
  attack  denied   asks for the denied tool openly
  attack  refused  header of the allowed tool, body of the denied one
`)
})

test('--json gives the entry whole, and the policy alone with --policy', async () => {
  const entry = JSON.parse((await run('wallet-drain', '--json')).out) as { id: string; trial: { steps: unknown[] } }
  expect([entry.id, entry.trial.steps.length]).toEqual(['wallet-drain', 6])
  const alone = JSON.parse((await run('wallet-drain', '--policy', '--json')).out) as Record<string, string>
  expect(Object.keys(alone)).toEqual(['id', 'policy'])
})

test.each([
  [['tool-poisonning'], 'there is no attack `tool-poisonning`', 'did you mean tool-poisoning?'],
  [['xyzzy'], 'there is no attack `xyzzy`', 'see `sallyport catalogue attacks`'],
  [['--class', 'dat'], '`dat` is no class of attacks', 'did you mean data?'],
  [['--class', 'xyzzy'], '`xyzzy` is no class of attacks', 'the classes are protocol, supply-chain'],
  [['--policy'], '`--policy` needs the id of an attack', 'see `sallyport catalogue attacks`'],
  [['rug-pull', '--class', 'data'], '`--class` chooses from the list', 'leave out the id'],
])('%j is exit 2', async (argv, words, remedy) => {
  const { code, out, err } = await run(...argv)
  expect([code, out]).toEqual([2, ''])
  expect(err).toContain(words)
  expect(err).toContain(remedy)
})
