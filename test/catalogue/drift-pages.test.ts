/** What became of servers, on their pages and on the list of all: the same numbers in text and JSON, texts of strangers as text. */
import { HtmlValidate } from 'html-validate'
import { expect, test } from 'vitest'
import { shippedServers } from '../../src/catalogue/shipped.ts'
import type { JsonObject } from '../../src/wire/json-types.ts'
import { readMarkup, siteOf } from '../fixtures/catalogue-site.ts'
import { fields, list, text } from '../fixtures/fields.ts'

const tool = (name: string, description: string) => ({ name, description, inputSchema: { type: 'object' } })
const tools = [tool('get_file', 'Returns the content of a file.'), tool('drop_all', 'Deletes everything.')]

const step = (more: JsonObject = {}): JsonObject => ({
  from: '1.0.0',
  to: '1.1.0',
  toReleasedBy: '2026-10-01',
  scannedAt: '2026-11-22',
  beside: ['instructions'],
  changes: [
    {
      ...{
        tool: 'get_file',
        kind: 'changed',
        risk: 'high',
        why: 'Read became Execute',
        before: 'Read',
        after: 'Execute',
      },
      ...{ isRiskier: true, gained: ['freeform_code'], others: 3 },
      places: [{ path: '/description', risk: 'medium', why: 'agents read this text and may follow it' }],
    },
    { tool: 'drop_all', kind: 'added', risk: 'critical', why: 'a new tool: Destructive', after: 'Destructive' },
    { tool: 'list_files', kind: 'removed', risk: 'low', why: 'it is gone', before: 'Read' },
    { tool: 'find', kind: 'changed', risk: 'low', why: 'x', after: 'Read', places: ['/inputSchema/required'] },
  ],
  ...more,
})

function pageOf(history: readonly JsonObject[], path: string) {
  const { site } = siteOf(tools, { history })
  const source = site.file(`${path}index.html`)?.text ?? ''
  const data = fields(JSON.parse(site.file(`${path}index.json`)?.text ?? '{}'))
  return { source, data, ...readMarkup(source) }
}

test('a step says how much changed, what became riskier first and how, and the rest by name', () => {
  const { text: said, data, faults } = pageOf([step()], 'servers/hostile/')
  expect(faults).toEqual([])
  expect(said).toContain('1.0.0 → 1.1.0 2026-10-01')
  expect(said).toContain('+1 tool, −1, 2 changed (1 riskier); instructions to the model changed')
  expect(said.indexOf('get_file High risk Read → Execute')).toBeGreaterThan(0)
  expect(said).toContain('now flagged runs what it is given')
  expect(said).toMatch(
    /Added drop_all Destructive\s+Removed list_files\s+Changed find\s+Mostly which arguments are required \(1\)/,
  )
  expect(said.indexOf('get_file High risk')).toBeLessThan(said.indexOf('Added drop_all'))
  const [own] = list(data['history']).map(fields)
  expect(own?.['counts']).toEqual({ added: 1, removed: 1, changed: 2, riskier: 1 })
  expect(list(own?.['changes']).map(each => fields(each)['tool'])).toEqual([
    'get_file',
    'drop_all',
    'list_files',
    'find',
  ])
})

test('no history says what that means, a step without a change that there was none', () => {
  expect(pageOf([], 'servers/hostile/').text).toContain('it does not mean that nothing did')
  expect(pageOf([], 'drift/').text).toContain('says nothing about how often servers change')
  const same = pageOf([step({ changes: [], beside: [] })], 'servers/hostile/').text
  expect(same).toContain('nothing changed')
  expect(same).toContain('no tool became riskier')
})

test('the list has every step, the newest first, and says what each is for the filter', () => {
  const older = step({ from: '0.9.0', to: '1.0.0', toReleasedBy: '2026-03-01', changes: [], beside: [] })
  const undated = { from: '0.8.0', to: '0.9.0', changes: [{ tool: 'x', kind: 'removed' }] }
  const { elements, data } = pageOf([undated, older, step()], 'drift/')
  const rows = elements.filter(({ attributes }) => attributes.has('data-what'))
  expect(rows.map(({ attributes }) => attributes.get('data-what'))).toEqual([
    'riskier added removed changed grave',
    'same',
    'removed',
  ])
  expect(list(data['steps']).map(each => text(fields(each)['folder']))).toEqual([
    'servers/hostile/#to-1-1-0',
    'servers/hostile/#to-1-0-0',
    'servers/hostile/#to-0-9-0',
  ])
  const ids = new Set(
    pageOf([undated, older, step()], 'servers/hostile/').elements.map(each => each.attributes.get('id')),
  )
  for (const id of ['to-1-1-0', 'to-1-0-0', 'to-0-9-0']) expect(ids.has(id), id).toBe(true)
})

test('what a file says of a step stays text, and what has another form is left out', () => {
  const evil = '"><script>alert(1)</script>\u202e'
  const history = [
    step({
      from: evil,
      to: evil,
      toReleasedBy: evil,
      beside: [evil],
      changes: [
        {
          tool: evil,
          kind: 'changed',
          risk: 'high',
          why: evil,
          isRiskier: true,
          places: [{ path: evil, risk: 'high', why: evil }],
        },
        { tool: 'x', kind: evil, risk: evil },
        { tool: 7, kind: 'added' },
        evil,
      ],
    }),
    { from: '1.0.0' },
    evil,
  ] as unknown as readonly JsonObject[]
  for (const path of ['servers/hostile/', 'drift/']) {
    const { source, faults, data } = pageOf(history, path)
    expect(faults, path).toEqual([])
    expect(source).not.toContain('<script>alert')
    expect(source).not.toContain('\u202e')
    const steps = list(data[path === 'drift/' ? 'steps' : 'history']).map(fields)
    expect(steps.map(each => each['counts'])).toEqual([{ added: 0, removed: 0, changed: 1, riskier: 1 }])
  }
})

test('pages of drift are valid', async () => {
  const validator = new HtmlValidate({
    extends: ['html-validate:recommended', 'html-validate:document'],
    rules: { 'require-sri': 'off', 'no-trailing-whitespace': 'off', 'long-title': 'off' },
  })
  const many = Array.from({ length: 40 }, (_, at) => ({
    tool: `t${at}`,
    kind: 'added',
    risk: 'high',
    after: 'Execute',
  }))
  for (const path of ['servers/hostile/', 'drift/']) {
    const { source } = pageOf([step(), step({ from: '0.9.0', to: '1.0.0', changes: many })], path)
    const { results } = await validator.validateString(source)
    expect(results.flatMap(({ messages }) => messages.map(({ ruleId, message }) => `${ruleId} ${message}`))).toEqual([])
  }
})

test('a tool that cannot be pinned says so on its page and on that of its server, with the reason', () => {
  const folder = { type: 'object', properties: { children: { items: { $ref: '#/$defs/folder' } } } }
  const recursive = {
    ...tool('create_folder', 'Creates a folder.'),
    inputSchema: { type: 'object', properties: { folder: { $ref: '#/$defs/folder' } }, $defs: { folder } },
  }
  const { site } = siteOf([...tools, recursive])
  const said = (path: string) => readMarkup(site.file(path)?.text ?? '').text
  expect(said('servers/hostile/index.html')).toContain('1 tool cannot be used through the gateway')
  expect(said('servers/hostile/create_folder/index.html')).toContain('a $ref leads back to itself')
  expect(said('servers/hostile/get_file/index.html')).not.toContain('cannot be used through the gateway')
  const data = fields(JSON.parse(site.file('servers/hostile/create_folder/index.json')?.text ?? ''))
  expect(text(data['notPinned'])).toContain('leads back to itself')
})

test('shipped servers that became riskier are named with what changed', () => {
  const riskier = shippedServers().flatMap(({ record }) =>
    record.history.flatMap(({ changes }) => changes.filter(({ isRiskier }) => isRiskier)),
  )
  expect(riskier.length).toBeGreaterThan(10)
  for (const { tool: name, before, after, gained, places } of riskier)
    expect(
      before !== after || gained.length > 0 || places.some(({ risk }) => risk === 'high' || risk === 'critical'),
      name,
    ).toBe(true)
})
