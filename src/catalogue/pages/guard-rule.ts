/** What guards are made of: the tool as they see it, and a condition that narrows one argument. */
import type { JsonObject } from '../../wire/json-types.ts'
import type { Parameter, Subject } from '../classify/subject.ts'
import type { CatalogueTool } from './model.ts'
import { argumentPath } from './snippet.ts'

/** A question about one argument and the entry of a policy that answers it. */
export interface Guard {
  readonly question: string
  readonly answer: string
  readonly entry: JsonObject
  /** Would fit any tool: nothing about this one asks for it. */
  readonly isGeneral?: boolean
}

/** `How do I keep x inside one folder?` as what a policy is for: `keep x inside one folder`. */
export function aimOf(question: string): string {
  return question.replace(/^How do I /, '').replace(/\?$/, '')
}

/** A tool as the guards look at it. */
export interface View {
  readonly tool: CatalogueTool
  readonly subject: Subject
  readonly required: ReadonlySet<string>
}

/** Parameters at the top of the schema that a flag rests on. */
export function flagged({ tool, subject }: View, flag: string): readonly Parameter[] {
  const pointers = new Set(tool.rated.evidence.filter(each => each.says === flag).map(each => each.pointer))
  return subject.parameters.filter(each => each.depth === 0 && pointers.has(each.pointer))
}

/** The condition must hold; for an argument that may be left out a call without it passes too. */
export function narrowed({ required }: View, parameter: Parameter, condition: JsonObject, reason: string): JsonObject {
  const path = argumentPath(parameter.name, parameter.isArray ? '[*]' : '')
  const own = { path, ...condition }
  return required.has(parameter.name)
    ? { require: [{ conditions: [own], on_deny: reason }] }
    : { deny_if: [{ conditions: [{ not: own }], on_deny: reason }] }
}

/** Takes text, or a list that may hold some. */
export function isText({ types, isArray }: Parameter): boolean {
  return isArray || types.length === 0 || types.includes('string')
}
