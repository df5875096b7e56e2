/**
 * A document against the tools of a server: names nobody has, and rules that can never match the tool's input schema.
 * Only what is certain from the schema's plain keywords (`properties`, `type`, `enum`, `const`, bounds) is said; where
 * a schema uses alternatives or references nothing is. Warnings only.
 */
import { isJsonObject, type Json, type JsonObject } from '../wire/json-types.ts'
import { compileGlob, isGlob } from './glob.ts'
import type { Condition, Leaf, Model, Operator, RuleSet } from './model.ts'
import type { Path, Step } from './path.ts'
import { nearest, type ProblemLog, pointer } from './problem.ts'
import { ownMembers } from './result-path.ts'
import type { ToolFacts } from './verdict.ts'

/** Methods that are judged under their own name; the argument names they carry are not schemas of a server. */
const doors = ['resources/read', 'resources/subscribe', 'prompts/get', 'completion/complete']

export function checkTools(log: ProblemLog, model: Model, tools: readonly ToolFacts[]): void {
  const names = [...tools.map(({ name }) => name), ...doors]
  for (const { name, at } of model.hide) if (name !== '*') checkName(log, name, at, names, 'value')
  for (const entry of model.entries) {
    checkName(log, entry.name, entry.at, names, 'key')
    const meant = tools.filter(tool =>
      isGlob(entry.name) ? compileGlob(entry.name).matches(tool.name) : tool.name === entry.name,
    )
    for (const tool of meant) checkSet(log, entry, tool, isGlob(entry.name))
    if (!isGlob(entry.name)) for (const tool of meant) checkRedactions(log, entry, tool)
  }
}

function checkName(log: ProblemLog, name: string, at: string, names: readonly string[], spot: 'key' | 'value'): void {
  if (isGlob(name)) {
    if (!names.some(compileGlob(name).matches))
      log.warning('unknown-tool', at, `\`${name}\` matches no tool of this server`, 'check the pattern', spot)
  } else if (!names.includes(name)) {
    const near = nearest(name, names)
    const remedy = near === undefined ? 'check the name with `sallyport server show`' : `did you mean \`${near}\`?`
    log.warning('unknown-tool', at, `this server has no tool \`${name}\``, remedy, spot)
  }
}

function checkSet(log: ProblemLog, set: RuleSet, tool: ToolFacts, isShared: boolean): void {
  const rules = [...set.requires, ...set.denials, ...set.approvals, ...(set.results?.denials ?? [])]
  const leaves = rules.flatMap(rule => rule.conditions.flatMap(leavesOf))
  for (const leaf of leaves) {
    const found = findingOf(leaf.path, leaf, tool)
    // a glob is written for many tools: that one of them lacks an argument is no mistake
    if (found === undefined || (isShared && found.code.startsWith('unknown-'))) continue
    log.warning(found.code, pointer(leaf.at, found.member), found.message, found.remedy)
  }
  for (const { at, incrementFrom, key } of set.limits) {
    for (const path of [incrementFrom, key]) {
      const schema = path === undefined ? undefined : schemaAt(path, tool)
      if (path === undefined || schema === undefined || !('missing' in schema) || isShared) continue
      const member = path === key ? 'key' : 'increment_from'
      log.warning(
        'unknown-argument',
        pointer(at, member),
        missingWords(path, tool, schema),
        'check the name against the tool',
      )
    }
  }
}

/** A path that leads nowhere takes nothing out, and nobody would notice. */
function checkRedactions(log: ProblemLog, { results }: RuleSet, tool: ToolFacts): void {
  for (const redaction of results?.redactions ?? []) {
    if (!('path' in redaction)) continue
    const path: Path = { ...redaction.path, root: 'result' }
    const schema = schemaAt(path, tool)
    if (schema === undefined || !('missing' in schema)) continue
    log.warning(
      'unknown-result',
      pointer(redaction.at, 'path'),
      missingWords(path, tool, schema),
      'check the name against the outputSchema of the tool',
    )
  }
}

function leavesOf(condition: Condition): readonly Leaf[] {
  if ('leaf' in condition) return [condition.leaf]
  if ('not' in condition) return leavesOf(condition.not)
  return ('any' in condition ? condition.any : condition.all).flatMap(leavesOf)
}

interface Finding {
  readonly code: string
  readonly member: 'path' | 'value'
  readonly message: string
  readonly remedy: string
}

function findingOf(path: Path, leaf: Leaf, tool: ToolFacts): Finding | undefined {
  const schema = schemaAt(path, tool)
  if (schema === undefined) return undefined
  if ('missing' in schema) {
    const near = nearest(schema.missing, schema.known)
    const what = path.root === 'result' ? 'its answers hold' : 'its arguments'
    const remedy = near === undefined ? `${what}: ${schema.known.join(', ') || 'none'}` : `did you mean \`${near}\`?`
    const message = missingWords(path, tool, schema)
    return path.root === 'result'
      ? { code: 'unknown-result', member: 'path', message, remedy }
      : { code: 'unknown-argument', member: 'path', message, remedy }
  }
  return typeFinding(leaf, schema.schema, tool) ?? valueFinding(leaf, schema.schema, tool)
}

type SchemaAt =
  | { readonly schema: JsonObject }
  | { readonly missing: string; readonly known: readonly string[]; readonly closed: boolean }

/** The schema that knows what a path may find, and the steps into it. */
function startOf({ root, steps }: Path, tool: ToolFacts): { schema: Json; steps: readonly Step[] } | undefined {
  if (root === 'args') return tool.inputSchema === undefined ? undefined : { schema: tool.inputSchema, steps }
  const [first, ...rest] = steps
  if (root !== 'result' || tool.outputSchema === undefined || first === undefined || !('key' in first)) return undefined
  if (!ownMembers.has(first.key)) return { schema: tool.outputSchema, steps }
  return first.key === 'structuredContent' ? { schema: tool.outputSchema, steps: rest } : undefined
}

/** The plain subschema a path leads to; `undefined` where nothing certain can be said. */
function schemaAt(path: Path, tool: ToolFacts): SchemaAt | undefined {
  const start = startOf(path, tool)
  if (start === undefined) return undefined
  let { schema } = start
  for (const step of start.steps) {
    if (!isJsonObject(schema) || isOpenEnded(schema)) return undefined
    if ('key' in step) {
      const properties: JsonObject = isJsonObject(schema['properties']) ? schema['properties'] : {}
      if (!Object.hasOwn(properties, step.key)) {
        const known = Object.keys(properties)
        if (
          schema['patternProperties'] !== undefined ||
          (known.length === 0 && schema['additionalProperties'] !== false)
        )
          return undefined
        return { missing: step.key, known, closed: schema['additionalProperties'] === false }
      }
      schema = properties[step.key] ?? null
    } else {
      if (schema['type'] !== 'array' || schema['prefixItems'] !== undefined || schema['items'] === undefined)
        return undefined
      schema = schema['items'] ?? null
    }
  }
  return isJsonObject(schema) && !isOpenEnded(schema) ? { schema } : undefined
}

function isOpenEnded(schema: JsonObject): boolean {
  return ['$ref', '$dynamicRef', 'anyOf', 'oneOf', 'allOf', 'if', 'not'].some(key => schema[key] !== undefined)
}

function missingWords(
  path: Path,
  tool: ToolFacts,
  { missing, closed }: Extract<SchemaAt, { missing: string }>,
): string {
  if (path.root === 'result') {
    const others = closed ? 'and has no other members' : 'among the members they describe'
    return `answers of \`${tool.name}\` have no \`${missing}\` (in \`${path.text}\`) ${others}`
  }
  const end = closed ? 'and takes no others: this never holds' : 'among those it describes'
  return `\`${tool.name}\` has no argument \`${missing}\` (in \`${path.text}\`) ${end}`
}

const textOps: readonly Operator[] = ['regex', 'starts_with', 'ends_with', 'glob', 'cidr', 'host_in']
const orderOps: readonly Operator[] = ['lt', 'lte', 'gt', 'gte']

/** A comparison that errs, and so denies, for every value the schema lets through. */
function typeFinding({ op, value, path }: Leaf, schema: JsonObject, tool: ToolFacts): Finding | undefined {
  const types = typesOf(schema)
  if (types === undefined || op === 'exists') return undefined
  const usable = usableTypes(op, value)
  if (usable === undefined || types.some(type => usable.includes(type))) return undefined
  return {
    code: 'unlike-type',
    member: 'value',
    message: `\`${path.text}\` of \`${tool.name}\` is ${types.join(' or ')}, which \`${op}\` cannot compare here: ${everyWords(path)}`,
    remedy: types.includes('array')
      ? 'use `[*]` for each element, or `contains`'
      : `compare with a value of type ${types.join(' or ')}`,
  }
}

function everyWords({ root }: Path): string {
  return root === 'result' ? 'every answer that holds it is withheld' : 'every call that gives it is denied'
}

function typesOf(schema: JsonObject): readonly string[] | undefined {
  const type = schema['type']
  const list = typeof type === 'string' ? [type] : Array.isArray(type) ? (type as readonly Json[]) : undefined
  return list?.every(item => typeof item === 'string')
    ? list.map(item => (item === 'integer' ? 'number' : String(item)))
    : undefined
}

function usableTypes(op: Operator, value: Json): readonly string[] | undefined {
  if (textOps.includes(op)) return ['string']
  if (orderOps.includes(op)) return ['number']
  if (op === 'contains') return typeof value === 'string' ? ['string', 'array'] : ['array']
  const list = op === 'in' || op === 'not_in' ? (value as readonly Json[]) : [value]
  if (list.length === 0 || list.includes(null)) return undefined
  return [...new Set(list.map(item => (Array.isArray(item) ? 'array' : typeof item)))]
}

/** A comparison that no value the schema lets through can satisfy. */
function valueFinding({ op, value, path }: Leaf, schema: JsonObject, tool: ToolFacts): Finding | undefined {
  const never = (why: string): Finding => ({
    code: 'never-matches',
    member: 'value',
    message: `never holds: ${why} of \`${tool.name}\``,
    remedy: `check the value against the schema of \`${path.text}\``,
  })
  const allowed = Array.isArray(schema['enum'])
    ? (schema['enum'] as readonly Json[])
    : schema['const'] !== undefined
      ? [schema['const']]
      : undefined
  if (allowed !== undefined && (op === 'eq' || op === 'in')) {
    const wanted = op === 'eq' ? [value] : (value as readonly Json[])
    if (!wanted.some(item => allowed.includes(item)))
      return never(`\`${path.text}\` is one of ${JSON.stringify(allowed).slice(0, 100)}, says the schema`)
  }
  const { minimum, maximum } = schema
  if (typeof value !== 'number') return undefined
  const isAbove =
    typeof maximum === 'number' && (op === 'gt' ? value >= maximum : (op === 'gte' || op === 'eq') && value > maximum)
  const isBelow =
    typeof minimum === 'number' && (op === 'lt' ? value <= minimum : (op === 'lte' || op === 'eq') && value < minimum)
  return isAbove || isBelow
    ? never(`\`${path.text}\` goes from ${minimum ?? '…'} to ${maximum ?? '…'}, says the schema`)
    : undefined
}
