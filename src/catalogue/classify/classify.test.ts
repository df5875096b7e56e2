import fc from 'fast-check'
import { expect, test } from 'vitest'
import { loadPolicy } from '../../policy/load.ts'
import type { Json, JsonObject } from '../../wire/json-types.ts'
import { attacksFor } from '../attacks/database.ts'
import { compileSchema } from '../schema.ts'
import { attackIdsFor } from './attack-table.ts'
import { classifyAllFacts, classifyFacts, classifyTools, type RatedTool } from './classify.ts'
import { flagNames } from './evidence.ts'
import { categories } from './lexicon/senses.ts'

const tool = (name: string, description = '', more: JsonObject = {}): JsonObject => ({
  name,
  description,
  inputSchema: { type: 'object', properties: {} },
  ...more,
})

function rate(definition: JsonObject): RatedTool {
  return classifyTools([definition]).tools[0] as RatedTool
}

test.each([
  ['list_files', 'Lists files', 'Read', 'low'],
  ['update_record', 'Updates a record', 'Write', 'medium'],
  ['run_command', 'Runs a shell command', 'Execute', 'high'],
  ['drop_table', 'Drops a table', 'Destructive', 'critical'],
  ['createRefund', 'Refunds a payment', 'Financial', 'critical'],
  ['get_or_create_label', 'Gets a label or creates it', 'Write', 'medium'],
  ['repos.collaborators.remove', 'Removes a collaborator', 'Destructive', 'critical'],
  ['issue_unassign', 'Remove the assignee of an issue', 'Write', 'medium'],
  ['create_form', 'Provides instructions for creating a form', 'Read', 'low'],
  ['quota', 'Information about the current quota', 'Read', 'low'],
  ['preview_delete', 'Shows what would be deleted', 'Read', 'low'],
  ['domain_register', 'Register a new domain', 'Financial', 'critical'],
  ['ticket_open', 'Opens a support ticket', 'Write', 'medium'],
  ['open_enquiry', 'Open an enquiry with the airline', 'Write', 'medium'],
  ['open_account', 'Opens an account for a customer', 'Write', 'medium'],
  ['open_position', 'Open a long or short position', 'Financial', 'critical'],
  ['garage', 'Opens or closes the garage door', 'Write', 'medium'],
  ['policies.list', 'List tool policies (approve / require_approval / block) for owners', 'Read', 'low'],
  ['send_payment_reminder', 'Sends a payment reminder', 'Write', 'medium'],
  ['create_subscription_plan', 'Creates a subscription plan', 'Write', 'medium'],
  ['finalise_invoice', 'Finalises an invoice', 'Financial', 'critical'],
  ['account_closure', 'Deletion of an account', 'Destructive', 'critical'],
  ['unblock_user', 'Unblocks a user', 'Write', 'medium'],
  ['signals_give', 'Records feedback that the user has agreed to give', 'Write', 'medium'],
  ['rollback', 'Rolls back an environment by re-running its deploy job', 'Execute', 'high'],
  ['upgrade_seat', 'Upgrades the seat. The difference is charged to the card.', 'Financial', 'critical'],
])('%s · %s → %s', (name, description, category, severity) => {
  const rated = rate(tool(name, description))
  expect([rated.category, rated.severity]).toEqual([category, severity])
})

test('what nothing speaks for is the worse of its candidates', () => {
  const rated = rate(tool('zorblat', 'Zorblats the frumious quux'))
  expect([rated.category, rated.confidence < 0.5]).toEqual(['Write', true])
  expect(rated.runnerUp.why).toMatch(/worse of the candidates/)
})

test('an argument that chooses takes the worst of what it chooses', () => {
  const properties = { action: { type: 'string', enum: ['list', 'create', 'delete'] } }
  const rated = rate(tool('labels', 'Works with labels', { inputSchema: { type: 'object', properties } }))
  expect([rated.category, rated.flags]).toEqual(['Destructive', ['multiplex']])
  expect(rated.evidence[0]).toMatchObject({ pointer: '/inputSchema/properties/action/enum/2', quote: 'delete' })
})

test('a query language that cannot write reads, SQL executes, SQL that is said to be read-only reads', () => {
  const withQuery = (name: string, description: string, parameter: string) =>
    rate(tool(name, description, { inputSchema: { type: 'object', properties: { [parameter]: { type: 'string' } } } }))
  expect(withQuery('run_soql_query', 'Run a SOQL query', 'query').category).toBe('Read')
  expect(withQuery('query', 'Run a SQL query', 'sql').category).toBe('Execute')
  const readOnly = withQuery('query', 'Run a read-only SQL query', 'sql')
  expect([readOnly.category, readOnly.flags]).toEqual(['Read', ['freeform_code']])
  expect(readOnly.evidence.some(each => each.rule === 'e')).toBe(true)
})

test('a server that is named like a verb keeps its verbs', () => {
  const names = ['resend_list_emails', 'resend_get_email', 'resend_delete_email', 'resend_update_contact']
  const rated = classifyTools(names.map(name => tool(name))).tools.map(each => each.category)
  expect(rated).toEqual(['Read', 'Read', 'Destructive', 'Write'])
})

test('alternatives told apart by a constant are one choice', () => {
  const branch = (operation: string) => ({ type: 'object', properties: { operation: { const: operation } } })
  const properties = { request: { anyOf: [branch('get-site'), branch('delete-site')] } }
  const rated = rate(tool('sites', 'Sites', { inputSchema: { type: 'object', properties } }))
  expect([rated.category, rated.flags]).toEqual(['Destructive', ['multiplex']])
})

test.each([
  [
    'get_logs',
    'Gets logs',
    { creds: { type: 'object', properties: { url: {}, token: {} } } },
    ['secret_input', 'url_input', 'open_world'],
  ],
  ['list_tables', 'Lists tables', { app_token: {}, page_token: {} }, []],
  ['install_plugin', 'Installs a plugin from a ZIP URL', { zipUrl: {} }, ['url_input', 'open_world']],
  ['report_finding', 'Keeps a finding', { page_url: {} }, []],
  ['create_event', 'Creates an event. Attendees get an invitation.', {}, ['external_send']],
  ['move_to_trash', 'Moves messages to the bin', { messageIds: { type: 'array' } }, ['bulk']],
  ['run_cli_command', 'Executes a command', { args: { type: 'array' } }, ['freeform_code']],
] as const)('flags of %s · %s · %j', (name, description, properties, flags) => {
  expect(rate(tool(name, description, { inputSchema: { type: 'object', properties } })).flags).toEqual(flags)
})

test('annotations are a hint and no verdict; a contradiction is a finding', () => {
  const rated = rate(tool('delete_all', 'Deletes everything', { annotations: { readOnlyHint: true } }))
  expect(rated.category).toBe('Destructive')
  expect(rated.findings.find(each => each.kind === 'contradicting-annotation')?.weight).toBe('serious')
})

test('every quotation stands where it says', () => {
  const definition = tool('send_report', 'Sends the report to everyone. Permanently overwrites the file.', {
    inputSchema: { type: 'object', properties: { to: { type: 'string' }, 'a/b': { type: 'string' } } },
    annotations: { destructiveHint: true },
  })
  const rated = rate(definition)
  expect(rated.evidence.length).toBeGreaterThan(2)
  for (const { pointer, quote, start, end } of rated.evidence) {
    const path = pointer.slice(1).split('/')
    const own = path.reduce<Json | undefined>(
      (at, key) => (at as JsonObject | undefined)?.[key.replaceAll('~1', '/')],
      definition,
    )
    const text = typeof own === 'string' ? own : (path.at(-1) ?? '')
    expect(text.slice(start, end), pointer).toBe(quote)
  }
})

test.each(categories)('the recommended rule of a %s tool loads', category => {
  const names = {
    Read: 'get_x',
    Write: 'update_x',
    Execute: 'run_job',
    Destructive: 'delete_x',
    Financial: 'pay_invoice',
  }
  const rated = rate(tool(names[category]))
  expect(rated.category).toBe(category)
  const loaded = loadPolicy('recommended', JSON.stringify(rated.rule), { compileSchema })
  expect(loaded.problems).toEqual([])
})

test('the attacks of a tool are those whose entry says so', () => {
  for (const category of categories)
    for (const flags of [[], ...flagNames.map(each => [each])])
      expect([...attackIdsFor(category, flags)].toSorted()).toEqual(
        attacksFor(category, flags)
          .map(each => each.id)
          .toSorted(),
      )
})

test('the facts for the gateway are those of the rating', () => {
  const list = [
    tool('list_a', 'Lists'),
    tool('delete_a', 'Deletes'),
    tool('run_a', 'Runs a job'),
    tool('pay_a', 'Pays'),
  ]
  const rated = classifyTools(list).tools.map(({ category, severity }) => ({ category, severity }))
  expect(classifyAllFacts(list)).toEqual(rated)
  expect(list.map(each => classifyFacts(each, list))).toEqual(rated)
})

test('the order of tools changes no rating', () => {
  const list = [
    tool('acme_list', 'Lists'),
    tool('acme_remove', 'Removes'),
    tool('acme_add', 'Adds'),
    tool('acme_send', 'Sends mail'),
  ]
  const byName = (tools: readonly RatedTool[]) => tools.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  expect(byName(classifyTools(list.toReversed()).tools)).toEqual(byName(classifyTools(list).tools))
})

const nested = (levels: number): Json => {
  let schema: Json = { type: 'string' }
  for (let level = 0; level < levels; level += 1)
    schema = { type: 'object', properties: { a: schema }, anyOf: [schema] }
  return schema
}

test.each<[string, JsonObject]>([
  ['nothing but a name', { name: 'x' }],
  [
    'wrong types',
    { name: 'x', description: 7, inputSchema: 'no', annotations: [1], title: null } as unknown as JsonObject,
  ],
  [
    'members called __proto__',
    JSON.parse('{"name":"__proto__","inputSchema":{"properties":{"__proto__":{"enum":["delete","constructor"]}}}}'),
  ],
  ['an empty description', tool('x', '')],
  ['another language', tool('删除', '删除所有文件。')],
  ['a deep schema', tool('x', 'x', { inputSchema: nested(14) })],
  ['no letters at all', tool('💥', '💥💥💥')],
])('%s is rated', (_title, definition) => {
  const rated = rate(definition)
  expect(categories).toContain(rated.category)
  expect(Object.keys((rated.rule['tools'] ?? {}) as JsonObject)).toEqual([rated.name])
})

test('whatever a server offers is rated, and the same twice', () => {
  const named = fc.record(
    {
      name: fc.string({ minLength: 1 }),
      description: fc.string(),
      inputSchema: fc.jsonValue(),
      annotations: fc.jsonValue(),
    },
    { requiredKeys: ['name'] },
  )
  fc.assert(
    fc.property(fc.array(named, { maxLength: 4 }), list => {
      const definitions = list as unknown as JsonObject[]
      expect(classifyTools(definitions)).toEqual(classifyTools(definitions))
    }),
    { numRuns: 200 },
  )
})

test.each([
  'delete ',
  'a',
  '. ',
  'create, read, update, ',
  'not included ',
  '\u200d',
  ': ',
  "n't ",
  'a_',
  '-a',
  'use this ',
])('a description of %j over and over takes time in proportion to its length', part => {
  const timed = (characters: number) => {
    const definition = tool('x', part.repeat(Math.ceil(characters / part.length)))
    const start = process.cpuUsage()
    rate(definition)
    const { user } = process.cpuUsage(start)
    return user / 1000
  }
  timed(20_000)
  expect(timed(1_000_000)).toBeLessThan(1_500)
})

test('a thousand tools with large schemas are rated at once', () => {
  const properties = Object.fromEntries(
    Array.from({ length: 40 }, (_, index) => [
      `member_${index}`,
      { type: 'string', description: 'Deletes or sends what is named here.' },
    ]),
  )
  const list = Array.from({ length: 1_000 }, (_, index) =>
    tool(`update_${index}`, 'Updates one record. Returns the record. '.repeat(8), {
      inputSchema: { type: 'object', properties },
    }),
  )
  const start = process.cpuUsage()
  expect(classifyTools(list).totals.Write).toBe(1_000)
  expect(process.cpuUsage(start).user / 1000).toBeLessThan(8_000)
})
