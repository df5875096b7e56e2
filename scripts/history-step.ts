/**
 * A step of `history` in a file of `data/servers`: what became of a server from one version to the next. Its `delta` leads
 * back from the later definitions to the earlier ones, so that `changes` can be rated again whenever the classifier
 * changes; nothing of it is asked of the network.
 */
import { driftBetween, type RatedDifference, type RatedList, rateList } from '../src/catalogue/drift-risk.ts'
import type { DriftChange, DriftPlace } from '../src/catalogue/drift-step.ts'
import { canonicalJson, sha256Hex } from '../src/wire/canonical.ts'
import type { Json, JsonObject } from '../src/wire/json-types.ts'
import { deltaBetween, type ToolsDelta, toolsBefore, toolsDigest } from './definition-delta.ts'

/** What a step compares: a version and what its server said. */
export interface Version {
  readonly version: string
  readonly releasedBy: string | undefined
  readonly day: string
  readonly tools: readonly JsonObject[]
  readonly digests: Digests
}

/** SHA-256 of each, empty where there is none. */
interface Digests {
  readonly tools: string
  readonly instructions: string
  readonly prompts: string
}

/** A step as it stands in a file. */
export interface StoredStep {
  readonly from: string
  readonly to: string
  readonly fromReleasedBy?: string
  readonly toReleasedBy?: string
  readonly scannedAt: string
  readonly beside?: readonly string[]
  /** Of the earlier version. */
  readonly digests: Digests
  readonly changes: readonly unknown[]
  readonly delta: ToolsDelta
}

/** The digests of what a server said. */
export function digestsOf(said: {
  readonly tools?: unknown
  readonly instructions?: unknown
  readonly prompts?: unknown
}): Digests {
  const { tools, instructions, prompts } = said
  return {
    tools: toolsDigest(tools as readonly JsonObject[]),
    instructions: typeof instructions === 'string' ? sha256Hex(instructions) : '',
    prompts: Array.isArray(prompts) && prompts.length > 0 ? sha256Hex(canonicalJson(prompts as Json)) : '',
  }
}

/** The step between two versions. Throws when one lists a name twice. */
export function stepBetween(before: Version, after: Version): StoredStep {
  const beside = (['instructions', 'prompts'] as const).filter(key => before.digests[key] !== after.digests[key])
  const delta = deltaBetween(before.tools, after.tools)
  const led = toolsBefore(after.tools, delta)
  if (toolsDigest(led) !== before.digests.tools) throw new Error('its definitions cannot be led back to')
  return {
    from: before.version,
    to: after.version,
    ...(before.releasedBy === undefined ? {} : { fromReleasedBy: before.releasedBy }),
    ...(after.releasedBy === undefined ? {} : { toReleasedBy: after.releasedBy }),
    scannedAt: before.day,
    ...(beside.length === 0 ? {} : { beside }),
    digests: before.digests,
    changes: driftChanges(rateList(led), rateList(after.tools)).map(written),
    delta,
  }
}

/** The history with every change rated by the classifier as it is. `tools` are those of the version it leads to. */
export function ratedHistory(history: readonly StoredStep[], tools: readonly JsonObject[]): readonly StoredStep[] {
  let after = { tools, rated: rateList(history.length === 0 ? [] : tools) }
  return history.map(step => {
    const definitions = toolsBefore(after.tools, step.delta)
    const before = { tools: definitions, rated: rateList(definitions) }
    const changes = driftChanges(before.rated, after.rated).map(written)
    after = before
    return { ...step, changes }
  })
}

/** The tools of the earliest version that a history leads back to. */
export function earliestTools(history: readonly StoredStep[], tools: readonly JsonObject[]): readonly JsonObject[] {
  return history.reduce((after, step) => toolsBefore(after, step.delta), tools)
}

/** So many places of a changed tool are kept, and of one that became riskier; how many there were beside is said. */
const placesKept = 2
const riskierPlacesKept = 4

/** What became riskier first, then by risk. */
function driftChanges(before: RatedList, after: RatedList): readonly DriftChange[] {
  const changes = driftBetween(before, after).map(({ differences, ...drift }): DriftChange => {
    const kept = differences.slice(0, drift.isRiskier ? riskierPlacesKept : placesKept)
    return { ...drift, places: kept.map(placeOf), others: differences.length - kept.length }
  })
  return changes.toSorted((a, b) => Number(b.isRiskier) - Number(a.isRiskier))
}

/** A note says which argument, where the rating says only what kind of place. */
function placeOf({ path, risk, why, note }: RatedDifference): DriftPlace {
  return { path, risk, why: note?.startsWith('now required') ? note : why }
}

/** What is empty is left out. */
function written({ isRiskier, gained, places, others, before, ...change }: DriftChange): Record<string, unknown> {
  return {
    ...change,
    ...(before === undefined || before === change.after ? {} : { before }),
    ...(isRiskier ? { isRiskier } : {}),
    ...(gained.length === 0 ? {} : { gained }),
    ...(places.length === 0 ? {} : { places: isRiskier ? places : places.map(({ path }) => path) }),
    ...(others === 0 ? {} : { others }),
  }
}
