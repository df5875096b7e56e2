/**
 * `schemas/attack.schema.json` and the reader of the attack database accept and refuse the same documents: every shipped
 * entry, and every entry with one part removed, replaced or added.
 */
import { globSync, readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { attackIds } from '../../src/catalogue/attacks/ids.ts'
import {
  affectedCategories,
  affectedFlags,
  attackClasses,
  attackSeverities,
  attackStatuses,
  expectations,
  stoppers,
} from '../../src/catalogue/attacks/model.ts'
import { attackKeys, readAttack } from '../../src/catalogue/attacks/reader.ts'
import { limits } from '../../src/limits.ts'

interface Node {
  readonly description?: string
  readonly enum?: readonly string[]
  readonly maxLength?: number
  readonly maximum?: number
  readonly properties?: Readonly<Record<string, Node>>
  readonly items?: Node
  readonly $ref?: string
  readonly $defs?: Readonly<Record<string, Node>>
}
const schema = JSON.parse(readFileSync('schemas/attack.schema.json', 'utf8')) as Node
const defs = schema.$defs as Record<string, Node>
const validate = new Ajv2020({ strict: true, strictRequired: false, strictTypes: false }).compile(schema)
const files = globSync('data/attacks/*.yaml').sort()

/** Where an entry may hold anything: arguments, answers, definitions of tools. */
const isFree = (path: string) => /\/(?:args|answer|tools|headers)\//.test(`${path}/`)

/** The document with the member at `path` set to `value`, or removed when that is undefined. */
function withMember(document: unknown, path: readonly (string | number)[], value: unknown): unknown {
  const copy = structuredClone(document)
  let at = copy as Record<string | number, unknown>
  for (const step of path.slice(0, -1)) at = at[step] as Record<string | number, unknown>
  const last = path.at(-1) as string | number
  if (value === undefined && Array.isArray(at)) at.splice(last as number, 1)
  else if (value === undefined) delete at[last]
  else at[last] = value
  return copy
}

function* pathsOf(value: unknown, path: readonly (string | number)[] = []): Generator<readonly (string | number)[]> {
  if (typeof value !== 'object' || value === null) return
  const entries = Array.isArray(value) ? value.map((item, index) => [index, item] as const) : Object.entries(value)
  for (const [key, member] of entries) {
    const here = [...path, key]
    yield here
    if (!isFree(`/${here.join('/')}`)) yield* pathsOf(member, here)
  }
}

function agree(document: unknown, what: string): void {
  const read = readAttack(JSON.stringify(document))
  const problems = read.ok ? [] : read.problems.map(({ path, message }) => `${path}: ${message}`)
  expect(
    validate(document),
    `${what}\nschema: ${JSON.stringify(validate.errors)}\nreader: ${problems.join('\n')}`,
  ).toBe(read.ok)
}

test.each(files)('both accept %s', file => {
  const text = readFileSync(file, 'utf8')
  const read = readAttack(text)
  expect(read.ok ? [] : read.problems).toEqual([])
  expect(validate(parse(text)), JSON.stringify(validate.errors)).toBe(true)
  expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=../../schemas/attack.schema.json')
})

/** An entry in which every key of the grammar stands once. */
function everyKey(): unknown {
  const entry = parse(readFileSync('data/attacks/rug-pull.yaml', 'utf8')) as {
    affects: object
    trial: { tools: unknown[]; calls: unknown[] }
  }
  const [, attack] = entry.trial.calls
  const whole = {
    ...{ work: 'calls', tool: 'add', args: { a: 1 }, expect: 'allow', rule: '/tools/add', code: 'ERR_TOOL_UNKNOWN' },
    ...{ times: 2, later: '2h', roles: ['reader'], caller: 'ann', answer: { content: [] }, hides: ['x'], shows: ['y'] },
  }
  const request = { method: 'PUT', path: '/mcp/{server}', headers: { a: 'b' }, body: '{}', credential: 'none' }
  const sent = { attack: 'sends', send: request, status: 400, says: 'no' }
  const change = { change: 'another tool', tools: entry.trial.tools }
  const trial = { ...entry.trial, calls: [attack, whole, sent, change] }
  return { ...entry, affects: { categories: ['Read'], flags: ['bulk'], servers: 'all' }, trial }
}

test('both say the same of an entry with one part changed', () => {
  const entry = everyKey()
  agree(entry, 'as it is')
  let refused = 0
  for (const path of pathsOf(entry)) {
    const at = `/${path.join('/')}`
    for (const value of [undefined, null, 7, '', 'another', [], {}]) {
      const changed = withMember(entry, path, value)
      agree(changed, `${at} = ${JSON.stringify(value)}`)
      if (!validate(changed)) refused += 1
    }
    if (!isFree(at) && typeof path.at(-1) === 'string')
      agree(withMember(entry, [...path.slice(0, -1), 'surplus'], 1), `${at} with a surplus key beside it`)
  }
  expect(refused).toBeGreaterThan(200)
})

test('an unknown key is named with the nearest known one, and its line', () => {
  const text = readFileSync('data/attacks/rug-pull.yaml', 'utf8').replace('\nseverity: high', '\nsevertiy: high')
  const read = readAttack(text)
  expect(read.ok ? [] : read.problems).toContainEqual(
    expect.objectContaining({ code: 'unknown-key', path: '/severtiy', line: 6, remedy: 'did you mean `severity`?' }),
  )
})

test('the schema knows the words of the reader, and nothing else', () => {
  const properties = schema.properties ?? {}
  expect(Object.keys(properties).sort()).toEqual([...attackKeys].sort())
  expect(properties['id']?.enum).toEqual([...attackIds])
  expect(properties['class']?.enum).toEqual([...attackClasses])
  expect(properties['status']?.enum).toEqual([...attackStatuses])
  expect(properties['severity']?.enum).toEqual([...attackSeverities])
  expect(defs['affects']?.properties?.['categories']?.items?.enum).toEqual([...affectedCategories])
  expect(defs['affects']?.properties?.['flags']?.items?.enum).toEqual([...affectedFlags])
  expect(defs['call']?.properties?.['expect']?.enum).toEqual([...expectations])
  expect(defs['prevention']?.properties?.['by']?.enum).toEqual([...stoppers])
  expect(defs['text']?.maxLength).toBe(limits.attackTextCharsMax)
  expect(defs['call']?.properties?.['times']?.maximum).toBe(limits.attackCallsMax)
})

test('every key has a description for editors', () => {
  const missing: string[] = []
  const visit = (node: Node, at: string): void => {
    for (const [name, member] of Object.entries(node.properties ?? {})) {
      const target = { ...defs[member.$ref?.replace('#/$defs/', '') ?? ''], ...member }
      if (!target.description && name !== 'categories' && name !== 'flags') missing.push(`${at}/${name}`)
      visit(member, `${at}/${name}`)
    }
    if (node.items !== undefined) visit(node.items, `${at}/items`)
  }
  visit(schema, '')
  for (const [name, node] of Object.entries(defs)) visit(node, `$defs/${name}`)
  expect(missing).toEqual([])
})
