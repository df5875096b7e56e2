/**
 * `docs/guides/move-from-another-gateway.md`: every policy on it loads, every verdict it shows is the engine's, what it
 * shows of `policy import` is what comes, and its Cedar example says what the page says it says.
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { preparsePolicySet, statefulIsAuthorized } from '@cedar-policy/cedar-wasm/nodejs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decide } from '../../src/policy/decide.ts'
import type { DecisionInput } from '../../src/policy/verdict.ts'
import type { JsonObject } from '../../src/wire/json-types.ts'
import { compiled } from '../fixtures/compiled.ts'
import { guideSteps } from '../fixtures/guide.ts'
import { callOf, loadedOf } from '../fixtures/policy-call.ts'

const file = 'docs/guides/move-from-another-gateway.md'
const page = readFileSync(file, 'utf8')
const steps = guideSteps(file)
const policies = steps.filter(({ kind, name }) => kind === 'file' && !name.endsWith('.cedar'))
const cedar = steps.find(({ name }) => name === 'toolhive.cedar')?.text ?? ''

interface Row {
  readonly tool: string
  readonly args: JsonObject
  readonly context: Context
  readonly verdict: string
  readonly other?: string | undefined
}

interface Context {
  readonly caller?: Partial<DecisionInput['caller']>
  readonly grant?: Partial<DecisionInput['grant']>
}

/** The rows of the table of calls that is headed with the name of a policy. */
function rowsOf(name: string): readonly Row[] {
  const table = page.split(`\n| \`${name}\` | verdict |`)[1]?.split('\n\n')[0] ?? ''
  const pattern = /^\| `([^`]+)` `(\{[^`]*\})`(?: with `(\{[^`]*\})`)? \| (allow|deny|ask) \|(?: (allow|deny) \|)?$/gm
  return [...table.matchAll(pattern)].map(([, tool = '', args = '{}', context = '{}', verdict = '', other]) => {
    return { tool, args: JSON.parse(args), context: JSON.parse(context), verdict, other }
  })
}

function inputOf({ tool, args, context }: Row): DecisionInput {
  const input = callOf(tool, args)
  return { ...input, caller: { ...input.caller, ...context.caller }, grant: { ...input.grant, ...context.grant } }
}

describe.each(policies.map(({ name, text }) => [name, text] as const))('%s', (name, text) => {
  const loaded = loadedOf(text)
  const rows = rowsOf(name)

  test('loads', () => {
    expect(loaded.problems).toEqual([])
  })

  test('has its calls', () => {
    expect(rows.length).toBeGreaterThanOrEqual(name === 'hosted.json' ? 0 : 3)
  })

  test.each(rows.map(row => [row.tool, JSON.stringify(row.args), JSON.stringify(row.context), row] as const))(
    '%s %s %s',
    (_tool, _args, _context, row) => {
      expect(decide(loaded.policy, inputOf(row)).effect).toBe(row.verdict)
    },
  )
})

test('no row of the page is left out', () => {
  expect(policies.map(({ name }) => name)).toEqual([
    'intercept.yaml',
    'hosted.json',
    'faq.yaml',
    'agentgateway.yaml',
    'toolhive.yaml',
    'docker.yaml',
    'contextforge.yaml',
    'permit.yaml',
  ])
  const shown = [...page.matchAll(/^\| `[^`]+` `\{/gm)].length
  expect(policies.flatMap(({ name }) => rowsOf(name))).toHaveLength(shown)
})

describe('the last column of the ToolHive table is what Cedar says', () => {
  preparsePolicySet('toolhive', { staticPolicies: cedar })
  const rows = rowsOf('toolhive.yaml')

  test('it differs, as the page says, twice', () => {
    expect(rows.filter(({ verdict, other }) => verdict !== other)).toHaveLength(2)
  })

  test.each(rows.map(row => [row.tool, JSON.stringify(row.args), row] as const))('%s %s', (_tool, _args, row) => {
    const named = Object.entries(row.args).map(([key, value]) => [`arg_${key}`, value as never])
    const principal = { type: 'Client', id: 'somebody' }
    const resource = { type: 'Tool', id: row.tool }
    const claims = { claim_roles: [...(row.context.caller?.roles ?? [])] }
    const answer = statefulIsAuthorized({
      principal,
      action: { type: 'Action', id: 'call_tool' },
      resource,
      context: {},
      preparsedPolicySetId: 'toolhive',
      entities: [
        { uid: principal, attrs: claims, parents: [] },
        { uid: resource, attrs: Object.fromEntries(named), parents: [] },
      ],
    })
    expect(answer.type === 'success' && answer.response.decision).toBe(row.other)
  })
})

describe('what the page shows of a command is what it prints', () => {
  let folder = ''
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport-guide-'))
    for (const { name, text } of policies) writeFileSync(join(folder, name), text)
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  const commands = steps.filter(({ kind, output }) => kind === 'run' && output !== undefined)
  test.each(commands.map(({ text, output }) => [text.trim(), output ?? ''] as const))('%s', async (line, output) => {
    const args = [resolve('src/main.ts'), ...line.split(' ').slice(1)]
    const printed = await new Promise<string>(done => {
      execFile(process.execPath, args, { cwd: folder, env: { HOME: folder, ...compiled } }, (_error, out, err) =>
        done(`${err}\n${out}`),
      )
    })
    expect(printed).toBe(output)
  })

  test('there are some', () => {
    expect(commands).toHaveLength(1)
  })
})
