/**
 * What the server's own schema of a tool lets through, as far as its plain keywords say it for each argument: type,
 * `enum`, `const`, bounds, `required`. The rest of the schema is asked as a whole: a call made up here has to fit it.
 */
import { isJsonObject, type Json, type JsonObject } from '../../wire/json-types.ts'
import type { SchemaCompiler } from '../load.ts'
import { type Path, readPath } from '../path.ts'
import { absent, type Found } from '../reach.ts'
import type { ToolFacts } from '../verdict.ts'
import type { Atoms } from './atoms.ts'
import { type Clause, clauseOf } from './judgement.ts'
import { onlyYes } from './truths.ts'

export interface ToolSchema {
  readonly source: JsonObject
  readonly compile: SchemaCompiler
  fits(args: JsonObject): boolean
}

/** The schema of a tool; none where there is none, or where it is one that cannot be used. */
export function toolSchemaOf({ inputSchema }: ToolFacts, compile: SchemaCompiler | undefined): ToolSchema | undefined {
  if (inputSchema === undefined || !isJsonObject(inputSchema) || compile === undefined) return undefined
  const compiled = compile(inputSchema)
  if (!compiled.ok) return undefined
  return { source: inputSchema, compile, fits: args => compiled.value(args).ok }
}

/** What the schema lets pass, as clauses every policy shares. */
export function schemaClauses(atoms: Atoms, { source, compile, fits }: ToolSchema): readonly Clause[] {
  const parts = partsOf(source, []).flatMap(({ path, plain, isRequired }) => {
    const compiled = compile({ type: 'object', properties: { value: plain } })
    if (!compiled.ok) return []
    const judge = (found: Found): boolean =>
      found === absent ? !isRequired : typeof found !== 'symbol' && compiled.value({ value: found }).ok
    return [atoms.fitting(path, { plain, isRequired }, judge)]
  })
  const whole = atoms.schema(source, toolSchemaWords, ({ args }) => fits(args))
  return [...parts, whole].map(formula => clauseOf('(schema)', 'arguments', formula, onlyYes))
}

/** What stands in the way where no call was found that fits. */
export const toolSchemaWords = "the tool's own schema"

interface Part {
  readonly path: Path
  readonly plain: JsonObject
  readonly isRequired: boolean
}

const plainKeywords = ['type', 'enum', 'const', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'] as const
const depthMax = 4

/** Each argument a plain object schema describes; below an argument that may be left out nothing is required. */
function partsOf(schema: Json, keys: readonly string[]): readonly Part[] {
  if (!isJsonObject(schema) || !isJsonObject(schema['properties']) || keys.length >= depthMax) return []
  const required = Array.isArray(schema['required']) ? (schema['required'] as readonly Json[]) : []
  return Object.entries(schema['properties']).flatMap(([key, member]) => {
    const path = readPath(`args${[...keys, key].map(stepText).join('')}`)
    if (!path.ok || !isJsonObject(member) || hasOtherValues(member)) return []
    const plain = Object.fromEntries(
      plainKeywords.flatMap(word => (member[word] === undefined ? [] : [[word, member[word]]])),
    )
    const isRequired = keys.length === 0 && required.includes(key)
    return [{ path: path.path, plain, isRequired }, ...partsOf(member, [...keys, key])]
  })
}

function stepText(key: string): string {
  return /^[^.[\]"\s*]+$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`
}

/** Lists and objects among the values: those are left to the schema as a whole. */
function hasOtherValues(schema: JsonObject): boolean {
  const values = [schema['const'], ...(Array.isArray(schema['enum']) ? (schema['enum'] as readonly Json[]) : [])]
  return values.some(value => typeof value === 'object' && value !== null)
}
