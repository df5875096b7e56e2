/**
 * How much a change of a definition matters, place by place: what a reviewer should look at first. Rests on the rating
 * of the definition before and after, and on the place itself; a harmless look is never a promise.
 */
import { isJsonObject, type Json, type JsonObject } from '../wire/json-types.ts'
import { classifyTools, type RatedTool } from './classify/classify.ts'
import type { RiskFlag } from './classify/evidence.ts'
import { type Category, rankOf, type Severity, severities } from './classify/lexicon/senses.ts'
import { compareDefinitions, type Difference } from './drift.ts'

export interface RatedDifference extends Difference {
  readonly risk: Severity
  readonly why: string
}

/** One tool that is new, gone or not what it was. */
export interface ToolDrift {
  readonly tool: string
  readonly kind: 'added' | 'changed' | 'removed'
  /** The worst of what changed. */
  readonly risk: Severity
  readonly why: string
  readonly before?: Category
  readonly after?: Category
  /** It can do more than before, or says less of what it does: its category is graver, a flag is new, a place is high risk. */
  readonly isRiskier: boolean
  /** Flags a changed tool did not have. */
  readonly gained: readonly RiskFlag[]
  /** The riskiest place first. */
  readonly differences: readonly RatedDifference[]
}

/** What became of one definition. Both sides are rated by themselves. */
export function rateChange(before: JsonObject, after: JsonObject): ToolDrift {
  const [old] = classifyTools([before]).tools
  const [now] = classifyTools([after]).tools
  return changeOf(String(after['name']), compareDefinitions(before, after), old, now)
}

/** What became of a server's tools, the riskiest first. Tools are known by their names. */
export function rateDrift(before: readonly JsonObject[], after: readonly JsonObject[]): readonly ToolDrift[] {
  return driftBetween(rateList(before), rateList(after))
}

/** The same for lists that are rated already: of many versions in a row each is rated once. */
export function driftBetween(old: RatedList, now: RatedList): readonly ToolDrift[] {
  const drifts: ToolDrift[] = []
  for (const [name, { definition, rated }] of now) {
    const known = old.get(name)
    const differences = known === undefined ? [] : compareDefinitions(known.definition, definition)
    if (known === undefined) drifts.push(added(name, rated))
    else if (differences.length > 0) drifts.push(changeOf(name, differences, known.rated, rated))
  }
  for (const [name, { rated }] of old) {
    if (now.has(name)) continue
    drifts.push({
      tool: name,
      kind: 'removed',
      risk: 'low',
      why: 'it is gone',
      before: rated.category,
      isRiskier: false,
      gained: [],
      differences: [],
    })
  }
  return drifts.toSorted((a, b) => weight(b.risk) - weight(a.risk) || (a.tool < b.tool ? -1 : 1))
}

type Rated = { readonly definition: JsonObject; readonly rated: RatedTool }
/** Definitions with their ratings, by name. */
export type RatedList = ReadonlyMap<string, Rated>

/** Rates the tools of one version; they are each other's context. */
export function rateList(definitions: readonly JsonObject[]): RatedList {
  const named = definitions.filter(({ name }) => typeof name === 'string')
  const { tools } = classifyTools(named)
  return new Map(tools.map((rated, index) => [rated.name, { definition: named[index] ?? {}, rated }]))
}

function added(tool: string, { category, severity, findings }: RatedTool): ToolDrift {
  const serious = findings.find(finding => finding.weight === 'serious')
  const risk = serious === undefined ? severity : 'critical'
  return {
    tool,
    kind: 'added',
    risk,
    why: serious?.note ?? `a new tool: ${category}`,
    after: category,
    isRiskier: false,
    gained: [],
    differences: [],
  }
}

function changeOf(
  tool: string,
  found: readonly Difference[],
  old: RatedTool | undefined,
  now: RatedTool | undefined,
): ToolDrift {
  const differences = found
    .map(difference => rateDifference(difference, old, now))
    .toSorted((a, b) => weight(b.risk) - weight(a.risk))
  const worst = worsening(old, now)
  const [first] = differences
  const isWorse = worst !== undefined && (first === undefined || weight(worst.risk) >= weight(first.risk))
  return {
    tool,
    kind: 'changed',
    risk: isWorse ? worst.risk : (first?.risk ?? 'low'),
    why: isWorse ? worst.why : (first?.why ?? 'nothing differs'),
    ...(old === undefined ? {} : { before: old.category }),
    ...(now === undefined ? {} : { after: now.category }),
    isRiskier: worst !== undefined || differences.some(({ risk }) => weight(risk) >= weight('high')),
    gained: gainedFlags(old, now),
    differences,
  }
}

/** What the definition as a whole can do now and could not before. */
function worsening(
  old: RatedTool | undefined,
  now: RatedTool | undefined,
): { risk: Severity; why: string } | undefined {
  if (old === undefined || now === undefined) return undefined
  const news = newFindings(old, now)[0]
  if (news !== undefined) return { risk: 'critical', why: news.note }
  if (rankOf[now.category] > rankOf[old.category]) {
    return { risk: now.severity, why: `${old.category} became ${now.category}` }
  }
  const gained = gainedFlags(old, now)
  const wide = gained.find(flag => wideFlags.has(flag))
  if (wide !== undefined) return { risk: 'high', why: `new: ${wide}` }
  return gained.length === 0 ? undefined : { risk: 'medium', why: `new: ${gained.join(', ')}` }
}

function gainedFlags(old: RatedTool | undefined, now: RatedTool | undefined): readonly RiskFlag[] {
  return old === undefined || now === undefined ? [] : now.flags.filter(flag => !old.flags.includes(flag))
}

const wideFlags: ReadonlySet<string> = new Set(['freeform_code', 'url_input', 'secret_input', 'external_send'])

function newFindings(old: RatedTool, now: RatedTool): RatedTool['findings'] {
  const known = new Set(old.findings.map(({ kind, pointer, quote }) => JSON.stringify([kind, pointer, quote])))
  return now.findings.filter(
    ({ weight: own, kind, pointer, quote }) => own === 'serious' && !known.has(JSON.stringify([kind, pointer, quote])),
  )
}

function rateDifference(
  difference: Difference,
  old: RatedTool | undefined,
  now: RatedTool | undefined,
): RatedDifference {
  const { path } = difference
  const finding =
    old && now && newFindings(old, now).find(({ pointer }) => pointer === path || pointer.startsWith(`${path}/`))
  if (finding !== undefined) return { ...difference, risk: 'critical', why: finding.note }
  const [risk, why] = rateClaim(difference, now) ?? ratePlace(difference)
  return { ...difference, risk, why }
}

/**
 * A claim of harmlessness, also in annotations that are new as a whole: high where it takes back another claim, and where
 * the definition is not rated so harmless.
 */
function rateClaim(
  { path, before, after }: Difference,
  now: RatedTool | undefined,
): readonly [Severity, string] | undefined {
  const claims = [
    {
      hint: 'readOnlyHint',
      claim: true,
      why: 'it now says that it changes nothing',
      isFitting: now?.category === 'Read',
    },
    {
      ...{ hint: 'destructiveHint', claim: false, why: 'it now says that it destroys nothing' },
      isFitting: now !== undefined && rankOf[now.category] <= rankOf.Write,
    },
  ]
  const hintIn = (side: Json | undefined, hint: string) =>
    path === '/annotations' && side !== undefined && isJsonObject(side) ? side[hint] : side
  const found = claims.find(({ hint, claim, isFitting }) => {
    if (path !== '/annotations' && path !== `/annotations/${hint}`) return false
    const [old, own] = [hintIn(before, hint), hintIn(after, hint)]
    return own === claim && old !== claim && (old === !claim || !isFitting)
  })
  return found === undefined ? undefined : ['high', found.why]
}

/** What a change of this place can do by itself. */
function ratePlace({ path, before, after }: Difference): readonly [Severity, string] {
  if (path.startsWith('/annotations')) return ['low', 'what it says of itself']
  if (path.endsWith('/description') || path === '/title') return ['medium', 'agents read this text and may follow it']
  if (path.endsWith('/x-mcp-header')) return ['medium', 'this argument now travels in a header']
  if (path.endsWith('/$schema')) return ['low', 'the dialect of its schema']
  if (path.endsWith('/additionalProperties'))
    return after === false
      ? ['low', 'only named arguments are taken']
      : ['medium', 'arguments nobody has named are taken']
  if (path.endsWith('/required')) return ['low', 'which arguments have to be given']
  if (/\/properties\/[^/]+$/.test(path)) {
    if (before === undefined) return ['medium', 'a new argument']
    if (after === undefined) return ['low', 'an argument is gone']
  }
  if (/\/(enum|const|pattern|minimum|maximum|maxLength|maxItems|format|type)(\/|$)/.test(path)) {
    return ['medium', 'which values are taken']
  }
  if (path.startsWith('/inputSchema')) return ['medium', 'what it takes']
  return ['low', path.startsWith('/outputSchema') ? 'what it answers' : 'beside what agents are told']
}

function weight(risk: Severity): number {
  return severities.indexOf(risk)
}
