/** Evidence on a page: the quotation, marked in the words around it, where it stands and what it speaks for. */
import { isJsonObject, type Json, type JsonObject } from '../../wire/json-types.ts'
import { categories } from '../recommend.ts'
import { type Html, html, said } from './markup.ts'
import { type Evidence, type Finding, flagNames } from './rating.ts'
import { flagWords } from './words.ts'

const aroundChars = 70

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
    const from = Math.max(0, start - aroundChars)
    const to = Math.min(value.length, end + aroundChars)
    const before = clean(value.slice(from, start))
    const after = clean(value.slice(end, to))
    return html`<q>${from > 0 ? '…' : ''}${said(before)}<mark>${said(clean(quote))}</mark>${said(after)}${to < value.length ? '…' : ''}</q>`
  }
  if (where === 'annotation' && typeof value === 'boolean') return html`<q><mark>${quote}: ${String(value)}</mark></q>`
  const about =
    isJsonObject(value) && typeof value['description'] === 'string' ? value['description'].slice(0, 140) : ''
  return html`<q><mark>${quote}</mark>${about === '' ? '' : html`: ${said(clean(about))}${about.length === 140 ? '…' : ''}`}</q>`
}

/** On one line, without half a character at its ends. */
function clean(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replace(/^[\udc00-\udfff]|[\ud800-\udbff]$/g, '')
}

/** What a quotation speaks for, in words. */
export function saysWords(says: Evidence['says']): string {
  const flag = flagNames.find(each => each === says)
  if (flag !== undefined) return flagWords[flag].title
  return categories.find(each => each === says) ?? says
}
