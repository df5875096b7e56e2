/**
 * Arguments against a pinned `inputSchema`: JSON Schema 2020-12 (also 2019-09 and draft-07), compiled once per
 * definition. Never changes the arguments: no coercion, no defaults, nothing removed, so that what was judged is what
 * is forwarded. Patterns run in linear time; uniqueness and enumerations too. Own members only.
 */
import { _, Ajv, type ErrorObject, type Options } from 'ajv'
import { Ajv2019 } from 'ajv/dist/2019.js'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { accepted, type Result, refused } from '../errors.ts'
import { limits } from '../limits.ts'
import { canonicalJson } from '../wire/canonical.ts'
import { isRawNumber } from '../wire/json.ts'
import { isJsonObject, type Json, type JsonObject } from '../wire/json-types.ts'
import { showInvisible } from '../wire/names.ts'
import { readSchemaPattern } from './pattern.ts'
import { boundSchema, type SchemaFacts } from './schema-bounds.ts'

/** Accepts arguments that fit; refuses the others with ERR_ARGUMENTS_INVALID, naming the first place that does not. */
export type ArgumentCheck = (args: JsonObject) => Result<true>

type Dialect = '2020-12' | '2019-09' | 'draft-07'

const classes = { '2020-12': Ajv2020, '2019-09': Ajv2019, 'draft-07': Ajv }

const options: Options = {
  strict: false,
  ownProperties: true,
  validateFormats: false,
  // Bounds and dialect are judged by `judgeSchema`; one faulty argument is enough to refuse.
  validateSchema: false,
  meta: false,
  addUsedSchema: false,
  // References become functions: written out, a schema used ten times would be compiled ten times.
  inlineRefs: false,
  logger: false,
  // The compiler's own optimiser takes quadratic time over a long list of properties.
  code: { regExp: Object.assign(linearRegExp, { code: '' }), optimize: false },
}

/**
 * Judges a schema without compiling it: an object schema of a known dialect, valid in it, within the bounds of
 * limits.ts. Refuses with ERR_SCHEMA_REFUSED.
 */
export function judgeSchema(inputSchema: Json | undefined): Result<SchemaFacts & { dialect: Dialect }> {
  if (!isJsonObject(inputSchema)) return refused('ERR_SCHEMA_REFUSED', { reason: 'it is not an object' })
  const bounded = boundSchema(inputSchema)
  if (!bounded.ok) return bounded
  if (inputSchema['type'] !== undefined && inputSchema['type'] !== 'object')
    return refused('ERR_SCHEMA_REFUSED', { reason: 'arguments are an object, and its `type` says otherwise' })
  const dialect = dialectOf(plain(inputSchema) as JsonObject)
  return dialect.ok ? accepted({ ...bounded.value, dialect: dialect.value }) : dialect
}

/** Judges and compiles a schema. Refuses with ERR_SCHEMA_REFUSED; never fetches, never runs for long. */
export function compileSchema(inputSchema: Json | undefined): Result<ArgumentCheck> {
  const judged = judgeSchema(inputSchema)
  if (!judged.ok) return judged
  // A compiler of its own for each schema: `$id`s of one server must not be visible to another's references.
  const ajv = withLinearKeywords(new classes[judged.value.dialect](options))
  let validate: ReturnType<typeof ajv.compile>
  try {
    const { $schema: _dialect, ...schema } = plain(inputSchema as JsonObject) as JsonObject
    validate = ajv.compile(schema)
  } catch (error) {
    return refused('ERR_SCHEMA_REFUSED', { reason: error instanceof Error ? error.message : 'it does not compile' })
  }
  const { alternatives } = judged.value
  const valuesMax = alternatives === 0 ? Number.POSITIVE_INFINITY : limits.validationWorkMax / alternatives
  return accepted(args => {
    if (valuesMax < limits.requestElementsMax && countValues(args, valuesMax) > valuesMax)
      return refused('ERR_ARGUMENTS_INVALID', {
        reason: `too many values for a schema with ${alternatives} alternatives`,
      })
    return validate(args)
      ? accepted(true)
      : refused('ERR_ARGUMENTS_INVALID', { reason: reasonOf(validate.errors?.[0]) })
  })
}

/** Values in the arguments, counted no further than just beyond `max`. */
function countValues(args: Json, max: number): number {
  const open: Json[] = [args]
  let count = 0
  for (let value = open.pop(); value !== undefined && count <= max; value = open.pop()) {
    count += 1
    if (Array.isArray(value)) for (const item of value) open.push(item)
    else if (isJsonObject(value)) for (const member of Object.values(value)) open.push(member)
  }
  return count
}

const judges = new Map<Dialect, Ajv>()

function isValidIn(dialect: Dialect, schema: JsonObject): boolean {
  let judge = judges.get(dialect)
  if (judge === undefined) {
    judge = new classes[dialect]({ strict: false, validateFormats: false, logger: false })
    judges.set(dialect, judge)
  }
  const { $schema: _dialect, ...rest } = schema
  return judge.validateSchema(rest) === true
}

/** The named dialect; without a name 2020-12, or draft-07 where only that fits (MCP server/tools: 2020-12 default). */
function dialectOf(schema: JsonObject): Result<Dialect> {
  const named = schema['$schema']
  const candidates = named === undefined ? (['2020-12', 'draft-07'] as const) : candidatesOf(named)
  if (candidates === undefined)
    return refused('ERR_SCHEMA_REFUSED', {
      reason: `\`$schema\` names a dialect that is not known: \`${String(named).slice(0, 100)}\``,
    })
  const dialect = candidates.find(candidate => isValidIn(candidate, schema))
  return dialect === undefined
    ? refused('ERR_SCHEMA_REFUSED', { reason: 'it is not valid JSON Schema' })
    : accepted(dialect)
}

function candidatesOf(named: Json): readonly Dialect[] | undefined {
  const match = /^https?:\/\/json-schema\.org\/(draft\/2020-12|draft\/2019-09|draft-07|draft-06)\/schema#?$/.exec(
    String(named),
  )
  if (match?.[1] === 'draft/2020-12') return ['2020-12']
  if (match?.[1] === 'draft/2019-09') return ['2019-09']
  return match === null ? undefined : ['draft-07']
}

function linearRegExp(source: string) {
  const read = readSchemaPattern(source)
  if (!read.ok) throw new TypeError(read.refusal.message)
  return { test: (text: string) => read.value.matches(text), toString: () => source }
}

/** ajv compares items pair by pair and enumerations one by one: both are quadratic in the hands of an agent. */
function withLinearKeywords(ajv: Ajv): Ajv {
  ajv.removeKeyword('uniqueItems')
  ajv.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    validate: (isOn: boolean, items: Json[]) => !isOn || new Set(items.map(canonicalJson)).size === items.length,
  })
  ajv.removeKeyword('enum')
  ajv.addKeyword({
    keyword: 'enum',
    schemaType: 'array',
    error: { message: 'must be one of the allowed values', params: ({ schemaValue }) => _`{allowed: ${schemaValue}}` },
    compile: (values: Json[]) => {
      const known = new Set(values.map(canonicalJson))
      const texts = new Set(values.filter(value => typeof value === 'string'))
      return (value: Json) => (typeof value === 'string' ? texts.has(value) : known.has(canonicalJson(value)))
    },
  })
  return ajv
}

/** Where and why, without any argument value: the text goes to logs too. */
function reasonOf(error: ErrorObject | undefined): string {
  if (error === undefined) return 'they do not fit'
  const place = error.instancePath === '' ? 'the arguments' : `\`${error.instancePath}\``
  return showInvisible(`${place} ${wordsOf(error)}`).slice(0, limits.argumentErrorCharsMax)
}

function wordsOf(error: ErrorObject): string {
  const params = error.params as Readonly<Record<string, unknown>>
  if (error.keyword === 'additionalProperties')
    return `must not have a member \`${String(params['additionalProperty'])}\``
  if (error.keyword === 'required') return `must have a member \`${String(params['missingProperty'])}\``
  if (error.keyword === 'uniqueItems') return 'must not hold the same item twice'
  if (error.keyword === 'enum') return `must be one of ${allowedOf(params)}`
  return error.message ?? 'does not fit'
}

function allowedOf(params: Readonly<Record<string, unknown>>): string {
  return Array.isArray(params['allowed'])
    ? params['allowed']
        .slice(0, 10)
        .map(value => JSON.stringify(value))
        .join(', ')
    : 'the allowed values'
}

/**
 * The schema as the compiler needs it. Plain numbers: a bound such as 18446744073709551615 arrives as text and is
 * compared as a double. A property called `__proto__` becomes a pattern: the compiler passes over it otherwise.
 */
function plain(value: Json): Json {
  if (Array.isArray(value)) return value.map(plain)
  if (!isJsonObject(value)) return value
  if (isRawNumber(value)) return Number(JSON.stringify(value))
  const copy: Record<string, Json> = {}
  for (const [key, member] of Object.entries(value))
    Object.defineProperty(copy, key, { value: plain(member), enumerable: true, configurable: true, writable: true })
  // A word of OpenAPI, unknown to JSON Schema; the compiler refuses it where no `type` stands beside it.
  if (typeof copy['nullable'] === 'boolean' && copy['type'] === undefined) delete copy['nullable']
  const properties = copy['properties']
  if (isJsonObject(properties) && Object.hasOwn(properties, protoName)) {
    const { [protoName]: proto, ...others } = properties
    const patterns = isJsonObject(copy['patternProperties']) ? copy['patternProperties'] : {}
    copy['properties'] = others
    copy['patternProperties'] = { ...patterns, [`^${protoName}$`]: proto as Json }
  }
  return copy
}

const protoName = '__proto__'
