/** Every tool of the table is on the page, and every example of the page is executed against a running gateway. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  checkServerInput,
  checkServerOutput,
  checkToolInput,
  checkToolOutput,
  searchInput,
  searchOutput,
} from '../../src/builtin/catalog-schemas.ts'
import { builtinDocument } from '../../src/builtin/policy.ts'
import { explainInput, explainOutput } from '../../src/builtin/policy-explain-schemas.ts'
import { builtinTools } from '../../src/builtin/tools.ts'
import { type Fields, fields, list, text } from '../fixtures/fields.ts'
import { HandMadeUpstream, type PartsGateway, startParts } from '../fixtures/gateway-parts.ts'
import { ManualClock } from '../fixtures/manual-clock.ts'
import { RawClient } from '../fixtures/raw-client.ts'

const page = readFileSync('docs/reference/built-in-tools.md', 'utf8')
const undone = () => expect.fail('only described')
const tools = builtinTools({ explain: undone, offered: undone, askCatalogue: undone })
const blocks = (language: string): string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)\\n\`\`\`$`, 'gm'))].map(match => match[1] ?? '')
const [policy, question, answer, checkServer, search, checkTool, builtinPolicy] = blocks('json').map(
  block => JSON.parse(block) as Fields,
)

let gateway: PartsGateway
let client: RawClient

beforeAll(async () => {
  const pay = { name: 'pay', inputSchema: { type: 'object' } }
  const parts = { servers: { shop: new HandMadeUpstream('modern') }, tools: [pay], policy: policy ?? {} }
  gateway = await startParts({ ...parts, policyName: 'shopping', clock: new ManualClock() })
  client = await new RawClient(gateway.endpoint('sallyport'), gateway.tokens.alice, 'modern').connect()
})

afterAll(() => gateway.stop())

async function ask(asked: Fields): Promise<{ words: string; data: Fields }> {
  const { result } = await client.request('tools/call', asked)
  return { words: text(fields(list(result?.['content'])[0])['text']), data: fields(result?.['structuredContent']) }
}

test('the page has a heading, a row and the arguments of every tool', () => {
  for (const { name } of tools) {
    expect(page).toContain(`\n## ${name}\n`)
    expect(page).toContain(`| [\`${name}\`](#${name.replace('.', '').toLowerCase()}) |`)
  }
  for (const argument of Object.keys(fields(explainInput['properties'])))
    expect(page).toContain(`\n| \`${argument}\` |`)
  const members = Object.keys(fields(explainOutput['properties'])).filter(name => !['server', 'tool'].includes(name))
  for (const member of members) expect(page.split('**Members of the answer**')[1]).toContain(`\`${member}\``)
})

test.each([
  ['catalog.checkServer', checkServerInput, checkServerOutput],
  ['catalog.searchServers', searchInput, searchOutput],
  ['catalog.checkTool', checkToolInput, checkToolOutput],
])('the part on %s names every argument and member', (name, input, output) => {
  const part = page.split(`\n## ${name}\n`)[1]?.split('\n## ')[0] ?? ''
  for (const argument of Object.keys(fields(input['properties']))) expect(part).toContain(`\n| \`${argument}\` |`)
  const known = ['server', 'tool', 'found', 'query', 'slug', 'title', 'description', 'package', 'version']
  const about = [...known, 'registryName', 'scannedAt']
  for (const member of Object.keys(fields(output['properties'])))
    if (!about.includes(member)) expect(part, member).toContain(`\`${member}\``)
})

/** How sure the classifier is moves with every tool that is labelled; the rest of the page does not. */
const measured = (words: string | undefined) => words?.replace(/^sure: \d+%/m, 'sure: …')

test('the questions to the catalogue get the answers of the page', async () => {
  const examples = [checkServer, search, checkTool].map((asked, at) => [asked, blocks('text')[at + 3]] as const)
  for (const [asked, words] of examples) expect(measured((await ask(asked ?? {})).words)).toBe(measured(words))
})

test('the policy of the page is the one in force', () => {
  expect(builtinPolicy).toEqual(builtinDocument(tools))
})

test('the question of the page gets the answer of the page', async () => {
  const { words, data } = await ask(question ?? {})
  expect(words).toBe(blocks('text')[0])
  expect({ ...data, policyVersion: '…' }).toEqual(answer)
})

test('and the next two get theirs', async () => {
  const about = (amount: number) => ({ ...question, arguments: { server: 'shop', tool: 'pay', arguments: { amount } } })
  expect((await ask(about(300))).words).toBe(blocks('text')[1])
  const calling = await new RawClient(gateway.endpoint('shop'), gateway.tokens.alice, 'modern').connect()
  for (let paid = 0; paid < 900; paid += 180)
    await calling.request('tools/call', { name: 'pay', arguments: { amount: 180 } })
  expect((await ask(about(120))).words).toBe(blocks('text')[2])
})
