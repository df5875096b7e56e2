/**
 * Names that are written and never used: an entry no name can reach because others come before it, a name that is
 * hidden already, a limit behind a tighter one of all tools. Said only where it is certain.
 */
import { limits } from '../../limits.ts'
import { foldForDeny } from '../../wire/names.ts'
import { compilePolicy } from '../compile.ts'
import { isGlob, tokensOf } from '../glob.ts'
import type { Entry, LimitRule, Model } from '../model.ts'
import { normalise } from '../normalise.ts'
import type { ProblemLog } from '../problem.ts'
import type { ToolFacts } from '../verdict.ts'
import { coversLimit } from './limit-changes.ts'
import { doors, namesToldApart } from './names.ts'
import { TextMachine, type TextPattern } from './text-machine.ts'

/** Adds a warning for every entry, hidden name and limit that is never used. */
export function checkDeadEntries(log: ProblemLog, model: Model, tools: readonly ToolFacts[] | undefined): void {
  checkHidden(log, model)
  checkReached(log, model, tools)
  checkLimits(log, model)
}

function checkHidden(log: ProblemLog, { hide }: Model): void {
  if (hide.length > limits.analysisRelatedMax) return
  for (const [index, one] of hide.entries()) {
    const cover = hide.find((other, at) => at !== index && covers(other.name, one.name, at < index))
    if (cover === undefined || log.mentions(one.at)) continue
    log.warning('dead-entry', one.at, `\`${one.name}\` is hidden by ${cover.at} already`, 'remove one of the two')
  }
}

/** True if everything `name` hides is hidden by `other`; of two that hide the same the later one is the needless one. */
function covers(other: string, name: string, isEarlier: boolean): boolean {
  if (other === name) return false
  if (other === '*') return true
  if (name === '*' || !isGlob(other)) return false
  const fates = hiddenTogether(other, name)
  if (fates === undefined || fates.some(({ matches }) => matches.has(1) && !matches.has(0))) return false
  return isEarlier || fates.some(({ matches }) => matches.has(0) && !matches.has(1))
}

function hiddenTogether(...names: readonly string[]) {
  const patterns = names.map((name): TextPattern => {
    const folded = foldForDeny(name)
    return { form: 'folded', alternatives: [isGlob(folded) ? tokensOf(folded) : [{ text: folded }]] }
  })
  const { fates, complete } = new TextMachine(patterns, { alphabet: /^[A-Za-z0-9_./-]$/ }).explore(20_000)
  return complete ? fates : undefined
}

/** Globs whose names all have a more specific entry. */
function checkReached(log: ProblemLog, model: Model, tools: readonly ToolFacts[] | undefined): void {
  const globs = model.entries.filter(({ name }) => isGlob(name))
  const suspects = globs.filter(({ at }) => !log.mentions(at))
  if (suspects.length === 0 || (tools === undefined && globs.length === model.entries.length && globs.length < 2))
    return
  const reached = reachedBy(model, tools)
  if (reached === undefined) return
  for (const { at, name } of suspects) {
    if (reached.has(at)) continue
    const message =
      tools === undefined
        ? `no name reaches \`${name}\`: every name it matches has a more specific entry`
        : `no tool of this server reaches \`${name}\`: each it matches has a more specific entry`
    log.warning('dead-entry', at, message, 'remove it, or the entries that stand before it', 'key')
  }
}

/** Pointers of the entries that have a say about some name; `undefined` where there are too many names to tell. */
function reachedBy(model: Model, tools: readonly ToolFacts[] | undefined): ReadonlySet<string> | undefined {
  const matters = model.entries.length <= limits.analysisNamesMax
  if (!matters && tools === undefined) return undefined
  const bare = { ...model, hide: [], entries: model.entries.map(bareEntry) }
  const policy = compilePolicy('', '', bare)
  const told = tools === undefined ? namesToldApart([normalise(bare)], []) : undefined
  if (told?.complete === false) return undefined
  const names = told?.names ?? [...(tools ?? []).map(({ name }) => name), ...doors]
  const reached = new Set<string>()
  for (const name of names) {
    const { listedBy, denials } = policy.resolve(name)
    if (listedBy !== undefined) reached.add(listedBy)
    for (const { at } of denials) reached.add(at)
  }
  return reached
}

/** The entry with one rule, which says that the entry was there. */
function bareEntry({ name, at }: Entry): Entry {
  return { name, at, action: 'allow', requires: [], denials: [{ at, conditions: [] }], approvals: [], limits: [] }
}

/** Limits behind tighter ones: those of all tools, and those of the same set. */
function checkLimits(log: ProblemLog, { allTools, entries }: Model): void {
  checkLimitsAmong(log, allTools.limits, [])
  for (const { name, limits: own } of entries) {
    const isTool = !/\/|\*\*/.test(name)
    checkLimitsAmong(log, own, isTool ? allTools.limits : [])
  }
}

function checkLimitsAmong(log: ProblemLog, own: readonly LimitRule[], before: readonly LimitRule[]): void {
  for (const [index, limit] of own.entries()) {
    const others = own.filter((other, at) => at !== index && (at < index || !coversLimit(limit, other)))
    const tighter = [...before, ...others].find(other => coversLimit(other, limit))
    if (tighter === undefined || log.mentions(limit.at)) continue
    log.warning(
      'dead-limit',
      limit.at,
      `never reached: ${tighter.at} lets no more through in a window at least as long`,
      'remove it, or lower its `max`',
    )
  }
}
