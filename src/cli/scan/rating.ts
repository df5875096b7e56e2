/** What the tools of a scanned server can do, as the recommendation needs it. */
import { ruleOn } from '../../catalogue/classify/category.ts'
import { readEffects } from '../../catalogue/classify/effects.ts'
import { riskFlagsOf } from '../../catalogue/classify/risk-flags.ts'
import { serverFactsOf } from '../../catalogue/classify/server.ts'
import { subjectOf } from '../../catalogue/classify/subject.ts'
import type { RatedTool } from '../../catalogue/recommend.ts'
import type { JsonObject } from '../../wire/json-types.ts'

/** Rates every tool, with its siblings as context. Tools without a name are passed over: nobody can call them. */
export function rateTools(definitions: readonly JsonObject[]): readonly RatedTool[] {
  const subjects = definitions.filter(({ name }) => typeof name === 'string' && name !== '').map(subjectOf)
  const server = serverFactsOf(subjects)
  return subjects.map(subject => {
    const reading = readEffects(subject, server)
    const { category } = ruleOn(reading.effects)
    return { name: subject.name, category, flags: riskFlagsOf(subject, server, reading, category).flags }
  })
}
