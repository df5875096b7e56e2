/**
 * Tool names in classes that no policy asked about tells apart. Made from the names and globs of the documents and from
 * comparisons of `tool.name`; the alphabet of tool names is ASCII, so nothing is left out. The doors are names of their
 * own.
 */
import { limits } from '../../limits.ts'
import type { Json, JsonObject } from '../../wire/json-types.ts'
import { isJsonObject } from '../../wire/json-types.ts'
import { foldForDeny, isToolName } from '../../wire/names.ts'
import { isGlob, tokensOf } from '../glob.ts'
import { TextMachine, type TextPattern } from './text-machine.ts'

/** Methods that are judged under their own name. */
export const doors = ['resources/read', 'resources/subscribe', 'prompts/get', 'completion/complete'] as const

export interface Names {
  /** One name of each class, those the documents write first. */
  readonly names: readonly string[]
  /** False: there may be more classes. */
  readonly complete: boolean
}

/** One name for every class of names that `documents` and `patterns` (further globs and names) tell apart. */
export function namesToldApart(documents: readonly JsonObject[], patterns: readonly string[]): Names {
  const written = [...new Set([...documents.flatMap(writtenIn), ...patterns])]
  const compared = documents.some(document => namesIn(document).length > 0)
  const machine = new TextMachine(
    written.flatMap(name => patternsOf(name)),
    // `.` and `..` are names, and `glob` takes them for ways around
    { alphabet: /^[A-Za-z0-9_.-]$/, watchesPlace: compared },
  )
  const { fates, complete } = machine.explore(limits.analysisNameStepsMax)
  const found = fates.flatMap(({ text }) => (text !== undefined && isToolName(text) ? [text] : []))
  const classOf = (name: string) => {
    const { matches, evasive } = machine.fateOf(name)
    return `${[...matches].join()} ${evasive}`
  }
  const names = new Map<string, string>()
  for (const name of [...written.filter(isToolName), ...written.flatMap(exampleOf), 'other_tool', ...found]) {
    const key = classOf(name)
    if (!names.has(key)) names.set(key, name)
  }
  return { names: [...names.values(), ...doors], complete }
}

/** The names and globs a document is about. */
function writtenIn(document: JsonObject): readonly string[] {
  const { tools, hide } = document
  const hidden = Array.isArray(hide) ? (hide as readonly Json[]).filter(each => typeof each === 'string') : []
  return [...(isJsonObject(tools) ? Object.keys(tools) : []), ...hidden, ...namesIn(document)]
}

/** What comparisons of `tool.name` name: texts that may be the start, the end or any part of a name. */
function namesIn(value: Json | undefined): readonly string[] {
  if (Array.isArray(value)) return (value as readonly Json[]).flatMap(namesIn)
  if (value === undefined || !isJsonObject(value)) return []
  const { path, op, value: operand } = value
  if (path !== 'tool.name' && path !== 'tool["name"]') return Object.values(value).flatMap(namesIn)
  const texts = (Array.isArray(operand) ? (operand as readonly Json[]) : [operand]).filter(
    each => typeof each === 'string',
  )
  if (op === 'starts_with') return texts.map(text => `${text}**`)
  if (op === 'ends_with') return texts.map(text => `**${text}`)
  return op === 'contains' ? texts.map(text => `**${text}**`) : texts
}

/** A name or glob exactly, and as names are compared where a restriction is looked for. */
function patternsOf(name: string): readonly TextPattern[] {
  const tokens = (text: string) => (isGlob(text) ? tokensOf(text) : [{ text }])
  return [
    { form: 'exact', alternatives: [tokens(name)] },
    { form: 'folded', alternatives: [tokens(foldForDeny(name))] },
  ]
}

/** A name a glob stands for, one that reads well. */
function exampleOf(name: string): readonly string[] {
  if (!isGlob(name)) return []
  return ['example', 'x'].map(word => name.replace(/\*+/g, word).replaceAll('?', 'x')).filter(isToolName)
}
