/**
 * What the pages take from the classifier, and the only place where they meet it: the ratings of a list of definitions,
 * each beside the definition it is about.
 */
import { isJsonObject, type JsonObject } from '../../wire/json-types.ts'
import { classifyTools, type RatedServer, type RatedTool } from '../classify/classify.ts'
import type { CountTokens } from '../classify/tokens.ts'

export type { RatedTool } from '../classify/classify.ts'
export type { Evidence, RiskFlag } from '../classify/evidence.ts'
export { flagNames } from '../classify/evidence.ts'
export type { Finding } from '../classify/findings.ts'
export type { GradeSheet } from '../classify/grade.ts'
export { type Severity, severities, severityOf } from '../classify/lexicon/senses.ts'

/** A definition and its rating. */
export interface Judged {
  readonly definition: JsonObject
  readonly rated: RatedTool
}

/** Rates a list; the definitions are each other's siblings. */
export function judge(
  definitions: readonly JsonObject[],
  countTokens: CountTokens,
): { readonly server: RatedServer; readonly judged: readonly Judged[] } {
  const server = classifyTools(definitions, { countTokens })
  const judged = server.tools.flatMap((rated, at) => {
    const definition = definitions[at]
    return definition === undefined ? [] : [{ definition, rated }]
  })
  return { server, judged }
}

/** The annotations of a definition. */
export function annotationsOf(definition: JsonObject): JsonObject {
  return isJsonObject(definition['annotations']) ? definition['annotations'] : {}
}

/** Its description, empty when there is none. */
export function descriptionOf(definition: JsonObject): string {
  return typeof definition['description'] === 'string' ? definition['description'] : ''
}
