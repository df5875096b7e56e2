/** The parameters of a tool as a table: names as paths, types, bounds, and what the server says about each. */
import { limits } from '../../limits.ts'
import { isJsonObject, type Json, type JsonObject } from '../../wire/json-types.ts'
import { type Html, html } from './markup.ts'
import { counted, firstSentence } from './words.ts'

export interface ParameterRow {
  /** `a.b`, `items[].x`. */
  readonly path: string
  readonly type: string
  readonly isRequired: boolean
  /** Choices, default, bounds, in words. */
  readonly bounds: readonly string[]
  readonly description: string
}

const rowsMax = 60
const depthMax = 3
const choicesShown = 12
const textCharsMax = 240

/** The parameters, outer ones before what is in them; bounded in number and depth. */
export function parameterRows(schema: Json | undefined): {
  readonly rows: readonly ParameterRow[]
  readonly isCut: boolean
} {
  const rows: ParameterRow[] = []
  let isCut = false
  const visit = (value: Json | undefined, prefix: string, depth: number): void => {
    if (!isJsonObject(value)) return
    const properties = value['properties']
    if (!isJsonObject(properties)) return
    const required = new Set(Array.isArray(value['required']) ? (value['required'] as readonly Json[]).map(String) : [])
    for (const [name, member] of Object.entries(properties)) {
      if (rows.length >= rowsMax || depth > depthMax) {
        isCut = true
        return
      }
      const path = `${prefix}${name.slice(0, limits.classifyNameCharsMax)}`
      rows.push(rowOf(path, member, required.has(name)))
      visit(member, `${path}.`, depth + 1)
      if (isJsonObject(member) && isJsonObject(member['items'])) visit(member['items'], `${path}[].`, depth + 1)
    }
  }
  visit(schema, '', 1)
  return { rows, isCut }
}

function rowOf(path: string, member: Json, isRequired: boolean): ParameterRow {
  const own: JsonObject = isJsonObject(member) ? member : {}
  const description = typeof own['description'] === 'string' ? own['description'] : ''
  return { path, type: typeOf(own, 0), isRequired, bounds: boundsOf(own), description }
}

function typeOf(own: JsonObject, depth: number): string {
  const type = own['type']
  if (type === 'array')
    return `list of ${isJsonObject(own['items']) && depth < depthMax ? typeOf(own['items'], depth + 1) : 'anything'}`
  if (typeof type === 'string') return type === 'string' ? 'text' : type
  if (Array.isArray(type))
    return (type as readonly Json[])
      .slice(0, 4)
      .map(each => (each === 'string' ? 'text' : String(each)))
      .join(' or ')
  const branches = own['anyOf'] ?? own['oneOf']
  if (Array.isArray(branches) && depth < depthMax) {
    const types = (branches as readonly Json[])
      .slice(0, 4)
      .map(each => (isJsonObject(each) ? typeOf(each, depth + 1) : 'anything'))
    return [...new Set(types)].join(' or ')
  }
  return 'enum' in own || 'const' in own ? 'one of a list' : 'anything'
}

function boundsOf(own: JsonObject): readonly string[] {
  const items = isJsonObject(own['items']) ? own['items'] : {}
  const choices = own['enum'] ?? items['enum']
  const found: string[] = []
  if (Array.isArray(choices)) {
    const shown = (choices as readonly Json[])
      .slice(0, choicesShown)
      .map(each => cut(typeof each === 'string' ? each : JSON.stringify(each), 40))
    found.push(
      `one of ${shown.join(', ')}${choices.length > choicesShown ? ` and ${choices.length - choicesShown} more` : ''}`,
    )
  }
  if (own['const'] !== undefined) found.push(`always ${cut(JSON.stringify(own['const']), 60)}`)
  if (own['default'] !== undefined) found.push(`default ${cut(JSON.stringify(own['default']), 60)}`)
  const words: readonly (readonly [string, string, string?])[] = [
    ['minimum', 'at least'],
    ['maximum', 'at most'],
    ['minLength', 'at least', 'character'],
    ['maxLength', 'at most', 'character'],
    ['minItems', 'at least', 'element'],
    ['maxItems', 'at most', 'element'],
  ]
  for (const [key, word, noun] of words) {
    const bound = own[key]
    if (typeof bound !== 'number') continue
    found.push(`${word} ${noun === undefined ? String(bound) : counted(bound, noun)}`)
  }
  if (typeof own['format'] === 'string') found.push(`format ${cut(own['format'], 40)}`)
  if (typeof own['pattern'] === 'string') found.push(`pattern ${cut(own['pattern'], 60)}`)
  return found
}

function cut(text: string, charsMax: number): string {
  return text.length > charsMax ? `${text.slice(0, charsMax).replace(/[\ud800-\udbff]$/, '')}…` : text
}

/** The table; a sentence when there is nothing to pass. */
export function parameterTable(definition: JsonObject): Html {
  const { rows, isCut } = parameterRows(definition['inputSchema'])
  if (rows.length === 0) return html`<p>It takes no parameters that its schema names.</p>`
  return html`<section class="scroll" tabindex="0" aria-label="Parameters"><table class="stack">
<thead><tr><th scope="col">Parameter</th><th scope="col">Type</th><th scope="col">In the words of the server</th></tr></thead>
<tbody>
${rows.map(row => html`<tr><th scope="row"><code>${row.path}</code>${row.isRequired ? html` <span class="must">required</span>` : ''}</th><td>${row.type}</td><td>${firstSentence(row.description, textCharsMax)}${row.bounds.length === 0 ? '' : html`<div class="bounds">${row.bounds.join('; ')}</div>`}</td></tr>\n`)}</tbody>
</table></section>
${isCut ? html`<p class="note">Further or deeper parameters are left out here; the definition has them.</p>` : ''}`
}
