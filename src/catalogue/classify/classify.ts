/**
 * Rates the tools of a server from their definitions alone: category, severity, flags, and everything that rests on
 * them. Deterministic, no model, no I/O; never throws, whatever the definitions hold; linear in their size. The method
 * and its measured accuracy: docs/reference/risk-method.md.
 */
import { isJsonObject, type JsonObject } from '../../wire/json-types.ts'
import type { AttackId } from '../attacks/ids.ts'
import { attackIdsFor } from './attack-table.ts'
import { type Ruling, ruleOn, type Thresholds } from './category.ts'
import { confidenceOf, situationOf } from './confidence.ts'
import { readEffects } from './effects.ts'
import type { Evidence, RiskFlag } from './evidence.ts'
import { type Finding, findingsOf } from './findings.ts'
import { type GradeSheet, gradeOf, weightOf } from './grade.ts'
import { type Category, categories, type Severity, severityOf } from './lexicon/senses.ts'
import { type Owasp, owaspOf } from './owasp.ts'
import type { Effect, Ignored, Reading } from './reading.ts'
import { reasonAgainst } from './reasons.ts'
import { riskFlagsOf } from './risk-flags.ts'
import { ruleOf } from './rule.ts'
import { type ServerFacts, serverFactsOf } from './server.ts'
import { type Subject, subjectOf } from './subject.ts'
import type { CountTokens } from './tokens.ts'

/** One rated tool. */
export interface RatedTool {
  readonly name: string
  readonly category: Category
  readonly severity: Severity
  readonly flags: readonly RiskFlag[]
  /** 0…1: the share of labelled tools in the same situation whose label is this category. */
  readonly confidence: number
  /** Quotations, those for the category first. */
  readonly evidence: readonly Evidence[]
  readonly runnerUp: { readonly category: Category; readonly why: string }
  readonly attacks: readonly AttackId[]
  readonly owasp: Owasp
  /** A policy of one entry; loads as it is. */
  readonly rule: JsonObject
  /** o200k tokens of the serialised definition; absent when nobody counted. */
  readonly tokens?: number
  readonly findings: readonly Finding[]
}

/** The rated tools of one server, and what they come to together. */
export interface RatedServer {
  readonly tools: readonly RatedTool[]
  readonly totals: Readonly<Record<Category, number>>
  readonly tokens?: number
  readonly grade: GradeSheet
  /** The tools that weigh most, worst first. */
  readonly worst: readonly string[]
}

/** What a rating may be asked for besides. */
export interface ClassifyOptions {
  readonly countTokens?: CountTokens
  /** Leaves sources out, to measure what each contributes. */
  readonly ignored?: Ignored
  /** Other numbers than the ones in force, to measure what hangs on them. */
  readonly thresholds?: Thresholds
}

/** Rates a list of definitions; they are each other's siblings. */
export function classifyTools(definitions: readonly JsonObject[], options: ClassifyOptions = {}): RatedServer {
  const { countTokens } = options
  const tokens = countTokens === undefined ? undefined : definitions.map(each => countTokens(JSON.stringify(each)))
  return together(definitions, rateAll(definitions, options), tokens)
}

/** The same, where the tokens of the definitions, in their order, are counted elsewhere meanwhile. */
export async function classifyCounted(
  definitions: readonly JsonObject[],
  counting: Promise<readonly number[]>,
): Promise<RatedServer> {
  const tools = rateAll(definitions, {})
  return together(definitions, tools, await counting)
}

/** A rated tool before its tokens are known. */
type Uncounted = Omit<RatedTool, 'tokens'>

function rateAll(definitions: readonly JsonObject[], options: ClassifyOptions): readonly Uncounted[] {
  const subjects = definitions.map(subjectOf)
  const server = serverFactsOf(subjects)
  return subjects.map(subject => rateTool(subject, server, options))
}

function together(
  definitions: readonly JsonObject[],
  uncounted: readonly Uncounted[],
  counts: readonly number[] | undefined,
): RatedServer {
  const tools = uncounted.map(({ findings, ...tool }, index) => {
    const tokens = counts?.[index]
    return tokens === undefined ? { ...tool, findings } : { ...tool, tokens, findings }
  })
  const tokens = counts?.reduce((sum, each) => sum + each, 0)
  const graded = tools.map((tool, index) => ({ ...tool, isAnnotated: isAnnotated(definitions[index]) }))
  return {
    tools,
    totals: Object.fromEntries(
      categories.map(each => [each, tools.filter(tool => tool.category === each).length]),
    ) as Record<Category, number>,
    ...(tokens === undefined ? {} : { tokens }),
    grade: gradeOf(graded, tokens ?? 0),
    worst: tools
      .filter(tool => weightOf(tool) > 0)
      .toSorted((a, b) => weightOf(b) - weightOf(a) || (a.name < b.name ? -1 : 1))
      .slice(0, worstShown)
      .map(tool => tool.name),
  }
}

const worstShown = 5

function isAnnotated(definition: JsonObject | undefined): boolean {
  const annotations = definition?.['annotations']
  if (!isJsonObject(annotations)) return false
  return annotations['readOnlyHint'] !== undefined || annotations['destructiveHint'] !== undefined
}

function rateTool(subject: Subject, server: ServerFacts, options: ClassifyOptions): Uncounted {
  const reading = readEffects(subject, server, options.ignored)
  const ruling = ruleOn(reading.effects, options.thresholds)
  const { category } = ruling
  const { flags, evidence } = riskFlagsOf(subject, server, reading, category)
  const findings = findingsOf(subject, server, category)
  const runnerUp = reading.effects
    .filter(each => each.category === ruling.runnerUp)
    .toSorted((a, b) => b.strength - a.strength)[0]
  return {
    name: subject.name,
    category,
    severity: severityOf[category],
    flags,
    confidence: confidenceOf[situationOf(ruling, reading)],
    evidence: [...quotationsFor(ruling, reading), ...evidence],
    runnerUp: { category: ruling.runnerUp, why: reasonAgainst(ruling, runnerUp?.evidence.quote) },
    attacks: attacksOf(category, flags, findings),
    owasp: owaspOf(category, flags),
    rule: ruleOf({ name: subject.name, category, flags }),
    findings,
  }
}

/** The strongest quotations for the category, one a place; for a guess the name, which is all there is. */
function quotationsFor(ruling: Ruling, { effects }: Reading): readonly Evidence[] {
  const strongest: Effect[] = []
  for (const each of ruling.deciding) {
    const isKnown = strongest.some(
      ({ evidence }) => evidence.pointer === each.evidence.pointer && evidence.start === each.evidence.start,
    )
    if (!isKnown) strongest.push(each)
    if (strongest.length === quotationsMax) break
  }
  const chosen = strongest.length > 0 ? strongest : effects.toSorted((a, b) => b.strength - a.strength).slice(0, 1)
  return chosen.map(each => each.evidence)
}

const quotationsMax = 3

function attacksOf(category: Category, flags: readonly RiskFlag[], findings: readonly Finding[]): readonly AttackId[] {
  const found = findings.flatMap(each => (each.attack === undefined || each.weight === 'note' ? [] : [each.attack]))
  return [...new Set([...found, ...attackIdsFor(category, flags)])]
}

/** What the gateway asks at pin time. */
export interface RiskFacts {
  readonly category: Category
  readonly severity: Severity
}

/**
 * Category and severity of one definition, among its siblings where they are known; the same as `classifyTools` gives
 * when `siblings` is the whole list. Cheap: no tokens, no findings, no quotations kept.
 */
export function classifyFacts(definition: JsonObject, siblings: readonly JsonObject[] = [definition]): RiskFacts {
  const server = serverFactsOf(siblings.map(subjectOf))
  const { category } = ruleOn(readEffects(subjectOf(definition), server).effects)
  return { category, severity: severityOf[category] }
}

/** The same for a whole list, the siblings read once. In the order of `definitions`. */
export function classifyAllFacts(definitions: readonly JsonObject[]): readonly RiskFacts[] {
  const subjects = definitions.map(subjectOf)
  const server = serverFactsOf(subjects)
  return subjects.map(subject => {
    const { category } = ruleOn(readEffects(subject, server).effects)
    return { category, severity: severityOf[category] }
  })
}
