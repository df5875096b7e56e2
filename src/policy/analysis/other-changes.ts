/**
 * What two documents say differently beside verdicts, compared as text: what answers may say, labels and flows, marks,
 * who is asked and how, and the words agents are told. Order does not matter.
 */
import { canonicalJson } from '../../wire/canonical.ts'
import { isJsonObject, type Json, type JsonObject } from '../../wire/json-types.ts'
import { pointer } from '../problem.ts'
import { toolsIn } from './difference.ts'

export interface OtherChange {
  readonly about: 'results' | 'labels' | 'flows' | 'read_only' | 'approval' | 'words'
  /** Where in the document in its own grammar; both documents have the place, or one of them. */
  readonly at: string
  readonly before?: Json
  readonly after?: Json
}

/** Changes that verdicts do not show, in the order of the documents. */
export function otherChanges(before: JsonObject, after: JsonObject): readonly OtherChange[] {
  const [old, fresh] = [toolsIn(before), toolsIn(after)]
  const names = [...new Set([...Object.keys(old), ...Object.keys(fresh)])]
  const sets = [
    ['/all_tools', memberOf(before, 'all_tools'), memberOf(after, 'all_tools')] as const,
    ...names.map(name => [pointer('/tools', name), memberOf(old, name), memberOf(fresh, name)] as const),
  ]
  return [
    ...changed('flows', '/flows', before['flows'], after['flows']),
    ...sets.flatMap(([at, one, two]) => [
      ...changed('results', `${at}/results`, one['results'], two['results']),
      ...changed('labels', `${at}/labels`, one['labels'], two['labels']),
      ...(Object.hasOwn(old, lastOf(at)) && Object.hasOwn(fresh, lastOf(at))
        ? changed('read_only', `${at}/read_only`, one['read_only'], two['read_only'])
        : []),
      ...approvalChanges(at, one, two),
      ...wordChanges(at, one, two),
    ]),
  ]
}

function lastOf(at: string): string {
  return (at.split('/').at(-1) ?? '').replaceAll('~1', '/').replaceAll('~0', '~')
}

function memberOf(object: JsonObject, key: string): JsonObject {
  const member = Object.hasOwn(object, key) ? object[key] : undefined
  return member !== undefined && isJsonObject(member) ? member : {}
}

function changed(about: OtherChange['about'], at: string, before: Json | undefined, after: Json | undefined) {
  if (unordered(before ?? null) === unordered(after ?? null)) return []
  return [{ about, at, ...(before !== undefined && { before }), ...(after !== undefined && { after }) }]
}

/** Lists in these parts are sets. */
function unordered(value: Json): string {
  if (Array.isArray(value)) return `[${(value as readonly Json[]).map(unordered).sort().join()}]`
  if (!isJsonObject(value)) return canonicalJson(value)
  const members = Object.entries(value).map(([key, member]) => `${JSON.stringify(key)}:${unordered(member)}`)
  return `{${members.sort().join()}}`
}

const ruleLists = ['require', 'deny_if', 'approve_if'] as const
const terms = ['approvers', 'quorum', 'decide_within', 'execute_within', 'allow_edits'] as const

/** Rules that ask under the same conditions, on other terms. */
function approvalChanges(at: string, before: JsonObject, after: JsonObject): readonly OtherChange[] {
  return samePairs('approve_if', before, after).flatMap(({ one, two, index }) =>
    changed('approval', `${at}/approve_if/${index}`, pick(one, terms), pick(two, terms)),
  )
}

/** Messages and reasons of rules that both documents have. */
function wordChanges(at: string, before: JsonObject, after: JsonObject): readonly OtherChange[] {
  const reason = before['reason'] !== undefined && after['reason'] !== undefined
  return [
    ...(reason ? changed('words', `${at}/reason`, before['reason'], after['reason']) : []),
    ...ruleLists.flatMap(list =>
      samePairs(list, before, after).flatMap(({ one, two, index }) =>
        changed('words', `${at}/${list}/${index}/on_deny`, one['on_deny'], two['on_deny']),
      ),
    ),
  ]
}

/** Rules of one list with the same conditions in both; `index` is where the later document has it. */
function samePairs(list: (typeof ruleLists)[number], before: JsonObject, after: JsonObject) {
  const old = rulesIn(before, list)
  return rulesIn(after, list).flatMap((two, index) => {
    const one = old.find(rule => conditionsOf(rule) === conditionsOf(two))
    return one === undefined ? [] : [{ one, two, index }]
  })
}

function rulesIn(set: JsonObject, list: string): readonly JsonObject[] {
  return Array.isArray(set[list]) ? (set[list] as readonly JsonObject[]) : []
}

function conditionsOf({ conditions, when }: JsonObject): string {
  return `${unordered(conditions ?? [])} ${canonicalJson(when ?? null)}`
}

function pick(object: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(keys.flatMap(key => (object[key] === undefined ? [] : [[key, object[key]]])))
}
