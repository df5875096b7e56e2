/**
 * A tool definition, shown to the person who is to approve it: everything an agent would read, nothing cut off,
 * invisible characters made visible. What a summary cannot show is named, never dropped in silence.
 */
import type { ToolAnswer } from './answers.ts'
import { count, visible, visibleLines, wrap } from './layout.ts'
import type { Terminal } from './terminal.ts'

type Members = Readonly<Record<string, unknown>>

const indent = '    '
const summarised = new Set(['name', 'title', 'description', 'inputSchema', 'outputSchema', 'annotations'])

/** The definition of one tool, as lines ending in `\n`. */
export function showDefinition(tool: ToolAnswer, terminal: Terminal): string {
  const { paint, columns } = terminal
  const name = visible(tool.name)
  const about = [tool.title === undefined ? '' : visible(tool.title), showHints(tool.annotations)].filter(
    text => text !== '',
  )
  const head = wrap([name, ...about].join('  '), columns, indent).trimStart()
  const lines = [`  ${paint('bold', name)}${head.slice(name.length)}`]
  if (tool.reason !== undefined) lines.push(wrap(`refused: ${visible(tool.reason)}`, columns, indent))
  lines.push(...showDrift(tool, terminal), ...showFlags(tool, terminal))
  const description = visibleLines((tool.description ?? '').trim())
  lines.push(wrap(description === '' ? paint('dim', '(no description)') : description, columns, indent))
  const definition: Members = tool.definition ?? {}
  lines.push(...showSchema('inputSchema', definition['inputSchema'], '', terminal))
  lines.push(...showSchema('outputSchema', definition['outputSchema'], 'returns ', terminal))
  const rest = Object.entries({ ...otherHints(tool.annotations), ...definition }).filter(
    ([key]) => !summarised.has(key),
  )
  for (const [key, value] of rest) lines.push(wrap(visible(`${key} ${jsonText(value)}`), columns, indent))
  return `${lines.join('\n')}\n`
}

/** What the gateway noticed about a definition: hidden characters, names that collide, and the like. */
function showFlags({ flags }: ToolAnswer, { paint, columns }: Terminal): string[] {
  return (flags ?? []).map(({ note }) => paint('yellow', wrap(`! ${visible(note)}`, columns, indent)))
}

/** One schema: a line for each member, `about` before it, and a line for what is left. */
function showSchema(key: string, schema: unknown, about: string, terminal: Terminal): string[] {
  if (schema === undefined) return []
  if (!isMembers(schema)) return [wrap(visible(`${key} ${jsonText(schema)}`), terminal.columns, indent)]
  const lines = listArguments(schema, '').map(argument => showArgument(argument, about, terminal))
  const keywords = otherKeywords(schema).filter(keyword => !plainKeywords.has(keyword))
  if (keywords.length === 0) return lines
  return [...lines, wrap(visible(`${key}: ${keywords.join('; ')}`), terminal.columns, indent)]
}

/** Members of the annotations beside the four hints and the title, which are shown in words. */
function otherHints(annotations: Members | undefined): Members {
  const shown = new Set<string>([...hintWords.map(([key]) => key), 'title'])
  const rest = Object.entries(annotations ?? {}).filter(([key, value]) => !shown.has(key) || typeof value === 'object')
  return rest.length === 0 ? {} : { 'annotations:': Object.fromEntries(rest) }
}

/** JSON with white space between its parts, so that it can be broken into lines. */
function jsonText(value: unknown): string {
  return (JSON.stringify(value, null, 1) ?? '').replace(/\n\s*/g, ' ')
}

/** Keywords of the top of a schema that change nothing a reader would want to know. */
const plainKeywords = new Set([
  '$schema "http://json-schema.org/draft-07/schema#"',
  '$schema "https://json-schema.org/draft/2020-12/schema"',
  'additionalProperties false',
])

const hintWords: readonly (readonly [string, string, string])[] = [
  ['readOnlyHint', 'read-only', 'writes'],
  ['destructiveHint', 'destructive', 'not destructive'],
  ['idempotentHint', 'idempotent', 'not idempotent'],
  ['openWorldHint', 'open world', 'closed world'],
]

/** What the server says of the tool's behaviour. Claims, not facts: a server may say anything of itself. */
function showHints(annotations: Members | undefined): string {
  const said = hintWords.flatMap(([key, yes, no]) => {
    const value = annotations?.[key]
    return typeof value === 'boolean' ? [value ? yes : no] : []
  })
  return said.length === 0 ? '(no hints)' : `(${said.join(', ')})`
}

interface Argument {
  readonly path: string
  readonly required: boolean
  readonly type: string
  readonly description: string
  /** Every other keyword of its schema, as written. */
  readonly rest: readonly string[]
}

const told = new Set(['type', 'description', 'properties', 'required', 'items'])

/** The arguments of a schema, nested ones by their path, in the order of the schema. */
function listArguments(schema: Members, prefix: string): Argument[] {
  const properties = isMembers(schema['properties']) ? schema['properties'] : {}
  const required: readonly unknown[] = Array.isArray(schema['required']) ? schema['required'] : []
  return Object.entries(properties).flatMap(([name, value]) =>
    describe(`${prefix}${name}`, required.includes(name), value),
  )
}

function describe(path: string, required: boolean, schema: unknown): Argument[] {
  if (!isMembers(schema)) return [{ path, required, type: JSON.stringify(schema) ?? 'any', description: '', rest: [] }]
  const items = schema['items']
  const plainItems = isMembers(items) && Object.keys(items).every(key => key === 'type')
  const ownType = typeText(schema['type'])
  const own: Argument = {
    path,
    required,
    type: plainItems ? `${ownType} of ${typeText(items['type'])}` : ownType,
    description: typeof schema['description'] === 'string' ? schema['description'] : '',
    rest: otherKeywords(schema),
  }
  const members = listArguments(schema, `${path}.`)
  return items === undefined || plainItems
    ? [own, ...members]
    : [own, ...members, ...describe(`${path}[]`, true, items)]
}

function otherKeywords(schema: Members): string[] {
  return Object.entries(schema)
    .filter(([key]) => !told.has(key))
    .map(([key, value]) => `${key} ${jsonText(value)}`)
}

function typeText(type: unknown): string {
  return Array.isArray(type) ? type.join(' or ') : typeof type === 'string' ? type : 'any'
}

function showArgument(argument: Argument, about: string, { paint, columns }: Terminal): string {
  const { path, type, required, rest, description } = argument
  const name = visible(path)
  const keywords = rest.length === 0 ? '' : `; ${visible(rest.join('; '))}`
  const text = description === '' ? '' : `: ${visibleLines(description.trim())}`
  const hanging = `${indent}    `
  const line = `${about}${name} (${visible(type)}${required ? '' : ', optional'}${keywords})${text}`
  const wrapped = wrap(line, columns, hanging).slice(hanging.length + about.length + name.length)
  return `${indent}  ${about}${paint('cyan', name)}${wrapped}`
}

/** What changed in a definition since it was approved, member by member. Lines end in `\n`. */
export function showDifferences(tool: ToolAnswer, terminal: Terminal): string {
  const { paint } = terminal
  const differences = tool.differences ?? []
  const head = `  ${paint('bold', visible(tool.name))}  ${paint('yellow', `changed in ${count(differences.length, 'place')} since it was approved`)}`
  const lines = [head, ...showDrift(tool, terminal)]
  lines.push(...showFlags(tool, terminal))
  lines.push(...showPlaces(differences, terminal))
  return `${lines.join('\n')}\n`
}

interface Place {
  readonly path: string
  readonly before?: unknown
  readonly after?: unknown
  readonly note?: string | undefined
  readonly risk?: string | undefined
  readonly why?: string | undefined
}

/** Each place that differs, with its risk where it is rated, and what stood and stands there. */
export function showPlaces(differences: readonly Place[], { paint, columns }: Terminal): readonly string[] {
  const lines: string[] = []
  for (const { path, before, after, note, risk, why } of differences) {
    const words = [note, why].filter((text, index, all) => text !== undefined && all.indexOf(text) === index)
    const rated = risk === undefined ? '' : `[${visible(risk)}] `
    const said = visible(words.join('; '))
    const place = `${rated}${visible(path)}`
    const isShort = indent.length + place.length + 2 + said.length <= columns
    const painted = `${rated === '' ? '' : paint(riskStyle(risk ?? ''), rated.trimEnd())} ${paint('cyan', visible(path))}`
    lines.push(`${indent}${painted.trimStart()}${isShort && said !== '' ? `  ${said}` : ''}`)
    if (!isShort) lines.push(wrap(said, columns, `${indent}  `))
    if (before !== undefined) lines.push(paint('red', showSide('-', before, columns)))
    if (after !== undefined) lines.push(paint('green', showSide('+', after, columns)))
  }
  return lines
}

/** How much the change as a whole matters, and what it rests on. */
function showDrift({ drift }: ToolAnswer, { paint, columns }: Terminal): string[] {
  if (drift === undefined) return []
  const risk = visible(drift.risk)
  const line = wrap(`${risk} risk: ${visible(drift.why)}`, columns, indent)
  return [line.replace(`${risk} risk`, () => paint(riskStyle(risk), `${risk} risk`))]
}

/** The colour of a risk. */
export function riskStyle(risk: string): 'red' | 'yellow' | 'green' {
  return risk === 'critical' || risk === 'high' ? 'red' : risk === 'medium' ? 'yellow' : 'green'
}

function showSide(sign: string, value: unknown, columns: number): string {
  const text = visibleLines(typeof value === 'string' ? value : jsonText(value))
  const hanging = `${indent}    `
  return `${indent}  ${sign} ${wrap(text, columns, hanging).slice(hanging.length)}`
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
