/**
 * The semantics of a policy, a second time: obvious and slow, straight from the document as it is written. The engine
 * must give the same verdict, rule and error for every document and call (`test/property/policy-spec.test.ts`).
 * Texts are compared in `spec-text.ts`. Not here: reading documents, `when` and `arguments` (the semantics of their
 * libraries), bounds, and how one glob, address or URL is read (`glob.ts` and `address.ts`, which have tables of their own).
 */
import { isJsonObject, type Json, type JsonObject } from '../wire/json-types.ts'
import { foldForDeny as fold } from '../wire/names.ts'
import { windowMsOf } from './caps.ts'
import { compareSpecificity, isGlob } from './glob.ts'
import { pointer } from './problem.ts'
import { compareText, matches } from './spec-text.ts'
import type { DecisionInput } from './verdict.ts'

type Truth = true | false | 'missing' | 'error'
type Kind = 'require' | 'deny_if' | 'approve_if'
type Named = [string, JsonObject]
const absent = Symbol('absent')
const broken = Symbol('broken')
type Found = Json | typeof absent | typeof broken

type SpecVerdict = { effect: 'allow' | 'ask' | 'deny'; rule: string; error: boolean }
const deny = (rule: string, error = false): SpecVerdict => ({ effect: 'deny', rule, error })

/** What the policy says about a call. `document` is one that `loadPolicy` accepts, in the normal form of version "1". */
export function specify(document: JsonObject, input: DecisionInput): SpecVerdict {
  const [own, ...twins] = entriesFor(Object.entries(document['tools'] ?? {}) as unknown as Named[], input.tool)
  const entries = [own, ...twins].filter(entry => entry !== undefined)
  const hides = ((document['hide'] ?? []) as string[]).map(fold)
  if (hides.some(name => name === '*' || matches(name, fold(input.tool)))) return deny('(hidden)')
  if (entries.some(([, entry]) => entry['action'] === 'hide')) return deny('(hidden)')
  if (own === undefined && document['default'] !== 'allow') return deny('(default deny)')
  for (const [name, { action }] of entries) if (action === 'deny') return deny(`${pointer('/tools', name)}/action`)

  // the rules of all tools first; a name with `/` is another door and no tool
  const layers = entries.map(([name, entry]): Named => [pointer('/tools', name), entry])
  if (!input.tool.includes('/')) layers.unshift(['/all_tools', (document['all_tools'] ?? {}) as JsonObject])
  const tryRule = (rule: JsonObject, kind: Kind): Truth =>
    holds({ all: rule['conditions'] ?? [] }, kind, kind !== 'require', input, document)
  const tried = (kind: Kind): [string, Truth][] =>
    layers.flatMap(layer => numbered(layer, kind)).map(([at, rule]) => [at, tryRule(rule, kind)])
  for (const [at, truth] of tried('require')) if (truth !== true) return deny(at, truth === 'error')
  for (const [at, truth] of tried('deny_if'))
    if (truth === true || truth === 'error') return deny(at, truth === 'error')
  const labels = entries.flatMap(([, entry]) => (entry['labels'] ?? []) as Json[])
  const flows = numbered(['', document], 'flows').filter(([, { after, within, to }]) => {
    const ageMs = input.recent?.[after as 'untrusted']
    return labels.includes(to ?? '') && ageMs !== undefined && !(ageMs >= (windowMsOf(within) ?? 0))
  })
  for (const [at, flow] of flows) if (flow['then'] === 'deny') return deny(at)
  const questions = tried('approve_if')
  for (const [at, truth] of questions) if (truth === 'error') return deny(at, true)
  for (const [at, limit] of layers.flatMap(layer => numbered(layer, 'limits'))) {
    if (!isCountable(limit, input, document)) return deny(at, true)
  }
  for (const [rule, truth] of questions) if (truth === true) return { effect: 'ask', rule, error: false }
  for (const [rule] of flows) return { effect: 'ask', rule, error: false }
  return { effect: 'allow', rule: own === undefined ? '/default' : pointer('/tools', own[0]), error: false }
}

/** The items of one list of a layer with their pointers; an action that always asks is a question without conditions. */
function numbered([at, layer]: Named, list: Kind | 'limits' | 'flows'): Named[] {
  const items = ((layer[list] ?? []) as JsonObject[]).map((item, index): Named => [`${at}/${list}/${index}`, item])
  return list === 'approve_if' && layer['action'] === 'require_approval' ? [[`${at}/action`, {}], ...items] : items
}

/** The entry that lists the name (or `undefined`), then the entries it only looks like. */
export function entriesFor(tools: Named[], name: string): (Named | undefined)[] {
  const exacts = tools.filter(([key]) => !isGlob(key))
  const globs = tools.filter(([key]) => isGlob(key)).sort(([a], [b]) => compareSpecificity(a, b))
  const exact = exacts.find(([key]) => key === name)
  if (exact !== undefined) return [exact]
  const own = globs.find(([key]) => matches(key, name))
  const alike = exacts.filter(([key]) => fold(key) === fold(name))
  const twin = globs.find(([key]) => matches(fold(key), fold(name)))
  return alike.length > 0 ? [own, ...alike] : twin === own ? [own] : [own, twin]
}

/** Three-valued, with errors on top: an error anywhere is the answer, and what is missing is not true even negated. */
function every(truths: Truth[]): Truth {
  if (truths.includes('error')) return 'error'
  if (truths.includes(false)) return false
  return truths.includes('missing') ? 'missing' : true
}
const not = (truth: Truth): Truth => (typeof truth === 'boolean' ? !truth : truth)
const some = (truths: Truth[]): Truth => not(every(truths.map(not)))

/** `denies`: the call is denied (or asked about) when this holds. Every `not` turns it round. */
export function holds(
  given: JsonObject,
  kind: Kind,
  denies: boolean,
  input: DecisionInput,
  document: JsonObject,
): Truth {
  const inner = (each: Json, turned = denies): Truth => holds(each as JsonObject, kind, turned, input, document)
  if (given['any'] !== undefined) return some((given['any'] as Json[]).map(each => inner(each)))
  if (given['all'] !== undefined) return every((given['all'] as Json[]).map(each => inner(each)))
  if (given['not'] !== undefined) return not(inner(given['not'], !denies))
  const { path, op, value } = given as { path: string; op: string; value: Json }
  const truths = valuesAt(path, input, document).map(found => compare(op, value, found, denies, kind))
  return denies ? some(truths) : every(truths)
}

/** Every value a path leads to; without `[*]` exactly one. */
function valuesAt(path: string, { tool, facts, timeMs, ...rest }: DecisionInput, document: JsonObject): Found[] {
  const time = path.startsWith('time') ? timeOf(timeMs, (document['time'] ?? {}) as JsonObject) : {}
  const context = { ...rest, tool: { name: tool, ...facts }, time } as unknown as Json
  const steps = path.match(/\[\*\]|\[\d+\]|\["(?:[^"\\]|\\.)*"\]|[^.[\]]+/g) ?? []
  return steps.reduce<Found[]>((found, step) => found.flatMap(each => stepInto(each, step)), [context])
}

function timeOf(timeMs: number, { zone = 'UTC' }: JsonObject): JsonObject {
  const [date = '', clock = ''] = new Date(timeMs).toLocaleString('sv-SE', { timeZone: zone as string }).split(' ')
  const weekday = new Date(date).toLocaleString('en', { weekday: 'long', timeZone: 'UTC' }).toLowerCase()
  return { hour: Number(clock.slice(0, 2)), weekday, date }
}

function stepInto(value: Found, step: string): Found[] {
  if (value === absent || value === broken) return [value]
  if (value === null) return [absent]
  const list: Found[] | undefined = Array.isArray(value) ? (value as Json[]) : undefined
  if (step === '[*]') return list ?? [broken]
  if (/^\[\d/.test(step)) {
    const item = list?.[Number(step.slice(1, -1))]
    return list === undefined ? [broken] : [item === undefined ? absent : item]
  }
  if (!isJsonObject(value)) return [broken]
  const key = step.startsWith('[') ? (JSON.parse(step.slice(1, -1)) as string) : step
  return [Object.hasOwn(value, key) ? (value[key] ?? null) : absent]
}

function compare(op: string, wanted: Json, found: Found, denies: boolean, kind: Kind): Truth {
  if (found === broken) return 'error'
  if (op === 'exists') return (found !== absent && found !== null) === wanted
  if (found === absent) return 'missing'
  if (op === 'neq') return not(compare('eq', wanted, found, !denies, kind))
  if (op === 'not_in') return not(compare('in', wanted, found, !denies, kind))
  if (typeof found === 'number' && !Number.isFinite(found)) return 'error'
  if (op === 'eq') {
    if (wanted !== null && shape(found) !== shape(wanted)) return 'error'
    return written(found) === written(wanted) || (denies && written(found, fold) === written(wanted, fold))
  }
  const list = (Array.isArray(wanted) ? wanted : [wanted]) as Json[]
  if (op === 'in') {
    const truths = list.map(each => compare('eq', each, found, denies, kind))
    return truths.includes(true) || (truths.length > 0 && truths.every(truth => truth === 'error') ? 'error' : false)
  }
  if (op === 'contains' && Array.isArray(found)) {
    return some((found as Json[]).map(each => compare('eq', wanted, each, denies, kind)))
  }
  if (typeof found === 'number' && typeof wanted === 'number') {
    if (op === 'lt' || op === 'lte') return op === 'lt' ? found < wanted : found <= wanted
    if (op === 'gt' || op === 'gte') return op === 'gt' ? found > wanted : found >= wanted
  }
  if (typeof found !== 'string') return 'error'
  const texts = op === 'cidr' || op === 'host_in' ? list : [wanted]
  return texts.every(each => typeof each === 'string')
    ? compareText(op, texts, found, denies, kind === 'require')
    : 'error'
}

const shape = (value: Json): string => (value === null ? 'null' : Array.isArray(value) ? 'list' : typeof value)

function written(value: Json, clean = (text: string): string => text): string {
  if (typeof value === 'string') return JSON.stringify(clean(value))
  if (Array.isArray(value)) return `[${(value as Json[]).map(each => written(each, clean)).join()}]`
  if (!isJsonObject(value)) return String(value)
  const members = Object.entries(value).map(([key, each]) => `${written(key, clean)}:${written(each, clean)}`)
  return `{${members.sort().join()}}`
}

function isCountable(limit: JsonObject, input: DecisionInput, document: JsonObject): boolean {
  const { increment_from: from, key } = limit as { increment_from?: string; key?: string }
  const [units] = from === undefined ? [1] : valuesAt(from, input, document)
  const [name] = key === undefined ? [''] : valuesAt(key, input, document)
  const isKey = typeof name === 'number' ? Number.isFinite(name) : typeof name === 'boolean' || typeof name === 'string'
  return (
    isKey && String(name).length <= 256 && typeof units === 'number' && units >= 0 && units <= Number.MAX_SAFE_INTEGER
  )
}
