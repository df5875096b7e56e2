/** What a document says and nobody is ever judged by. */
import type { Model } from '../model.ts'
import type { ProblemLog } from '../problem.ts'
import type { ToolFacts } from '../verdict.ts'
import { checkDeadEntries } from './dead-entries.ts'
import { checkDeadRules } from './dead-rules.ts'

/** Adds a warning for every rule, entry and limit that can never decide; `tools`: among the tools of a server. */
export function checkDead(log: ProblemLog, model: Model, tools?: readonly ToolFacts[]): void {
  checkDeadRules(log, model)
  checkDeadEntries(log, model, tools)
}
