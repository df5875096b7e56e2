/** Evidence on a page: the quotation, marked in the words around it, where it stands and what it speaks for. */
import { isJsonObject, type Json, type JsonObject } from '../../wire/json-types.ts'
import { categories } from '../recommend.ts'
import { type Html, html, listed, said } from './markup.ts'
import { type Evidence, type Finding, flagNames } from './rating.ts'
import { flagWords } from './words.ts'

const aroundChars = 70
const wordCharsMax = 24

/** The value a JSON Pointer leads to; nothing when it leads nowhere. */
function valueAt(definition: JsonObject, pointer: string): Json | undefined {
  let at: Json | undefined = definition
  for (const segment of pointer.split('/').slice(1)) {
    const key = segment.replaceAll('~1', '/').replaceAll('~0', '~')
    if (isJsonObject(at)) at = Object.hasOwn(at, key) ? at[key] : undefined
    else if (Array.isArray(at)) at = (at as readonly Json[])[Number(key)]
    else return undefined
  }
  return at
}

/** Where a quotation stands, in words. */
export function placeWords({ where, pointer }: Pick<Evidence, 'where' | 'pointer'>): string {
  if (where === 'name') return 'its name'
  if (where === 'description') return 'its description'
  if (where === 'sibling') return `the tool ${pointer} beside it`
  const last = pointer.split('/').at(-1)?.replaceAll('~1', '/').replaceAll('~0', '~') ?? ''
  if (where === 'annotation') return `the annotation ${last}`
  return `the parameter ${parameterOf(pointer) || last}`
}

/** `a.b` of `/inputSchema/properties/a/properties/b`. */
function parameterOf(pointer: string): string {
  const segments = pointer.split('/')
  const names = segments.flatMap((segment, at) =>
    segments[at - 1] === 'properties' && at > 1 ? [segment.replaceAll('~1', '/').replaceAll('~0', '~')] : [],
  )
  return names.join('.')
}

/** Where a finding stands, in words. */
export function findingPlace({ pointer }: Finding): string {
  if (pointer === '/name') return 'its name'
  if (pointer === '/description') return 'its description'
  if (pointer === '/title') return 'its title'
  if (pointer.startsWith('/annotations/')) return `the annotation ${pointer.slice(13)}`
  const parameter = parameterOf(pointer)
  return parameter === '' ? pointer.slice(1) : `the parameter ${parameter}`
}

/** A quotation in the words around it. */
export function inContext(definition: JsonObject, { where, pointer, quote, start, end }: Evidence): Html {
  const value = where === 'sibling' ? undefined : valueAt(definition, pointer)
  if (typeof value === 'string' && value.slice(start, end) === quote) {
    const before = clean(value.slice(Math.max(0, start - aroundChars), start))
    const after = clean(value.slice(end, end + aroundChars))
    const isCutBefore = start > aroundChars
    const isCutAfter = end + aroundChars < value.length
    return html`<q>${isCutBefore ? '…' : ''}${said(isCutBefore ? fromWord(before) : before.trimStart())}<mark>${said(clean(quote))}</mark>${said(isCutAfter ? toWord(after) : after.trimEnd())}${isCutAfter ? '…' : ''}</q>`
  }
  if (where === 'annotation' && typeof value === 'boolean') return html`<q><mark>${quote}: ${String(value)}</mark></q>`
  const about =
    isJsonObject(value) && typeof value['description'] === 'string' ? value['description'].slice(0, 140) : ''
  return html`<q><mark>${quote}</mark>${about === '' ? '' : html`: ${said(clean(about))}${about.length === 140 ? '…' : ''}`}</q>`
}

/** Without the part of a word at its start, unless that is all there is. */
function fromWord(text: string): string {
  const at = text.search(/\s/)
  return at < 0 || at > wordCharsMax ? text : text.slice(at)
}

/** Without the part of a word at its end, unless that is all there is. */
function toWord(text: string): string {
  const at = text.search(/\s\S*$/)
  return at < 0 || text.length - at > wordCharsMax ? text : text.slice(0, at)
}

/** On one line, without half a character at its ends. */
function clean(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replace(/^[\udc00-\udfff]|[\ud800-\udbff]$/g, '')
}

/** What speaks for a rating, as clauses that follow `because`: the quotations of one place together. */
export function clausesOf(evidence: readonly Evidence[], definition: JsonObject): readonly Html[] {
  return [...Map.groupBy(evidence, placeWords)].map(([place, own]) => {
    const [first] = own
    if (first?.where === 'annotation')
      return html`its annotation <code>${first.quote}</code> is ${String(valueAt(definition, first.pointer))}`
    // `Update` and `update` are one word
    const quotes = new Map(own.toReversed().map(({ quote }) => [quote.toLowerCase(), clean(quote).trim()]))
    return html`${place} says ${listed([...quotes.values()].toReversed().map(quote => html`<q>${quote}</q>`))}`
  })
}

/** What a quotation speaks for, in words. */
export function saysWords(says: Evidence['says']): string {
  const flag = flagNames.find(each => each === says)
  if (flag !== undefined) return flagWords[flag].title
  return categories.find(each => each === says) ?? says
}
