/**
 * A call judged without a gateway, in the order of the gateway: hidden, not listed and `action` first, then the tool
 * itself and its argument schema where its definition is known, then the rules. Limits are named, not tried.
 */
import type { PinnedTool } from '../../catalogue/pins.ts'
import type { Policy } from '../../policy/compile.ts'
import type { Explanation } from '../../policy/explain.ts'
import type { DecisionInput, ToolRisk } from '../../policy/verdict.ts'
import { isJsonObject, type JsonObject } from '../../wire/json-types.ts'

/** The tools of a server, as if each had been reviewed. */
export interface Definitions {
  readonly pinned: ReadonlyMap<string, PinnedTool>
  /** What each can do, as the gateway rates it. */
  readonly risks: ReadonlyMap<string, ToolRisk>
}

/** Definitions from a file (`readDefinitions`), each other's context as in the gateway. */
export async function definitionsOf(definitions: readonly JsonObject[], server: string): Promise<Definitions> {
  const { canonicalJson, sha256Hex } = await import('../../wire/canonical.ts')
  const { classifyAllFacts } = await import('../../catalogue/classify/classify.ts')
  const named = definitions.map(definition => [String(definition['name']), definition] as const)
  const pinned = named.map(([name, definition]) => {
    const hash = sha256Hex(canonicalJson(definition))
    return [name, { server, name, hash, definition, state: 'approved', firstSeenMs: 0 } as const] as const
  })
  const risks = classifyAllFacts(definitions).map((risk, index) => [named[index]?.[0] ?? '', risk] as const)
  return { pinned: new Map(pinned), risks: new Map(risks) }
}

/** What is known of a tool from its definition, where the context says nothing of it. */
function withDefinition(input: DecisionInput, definitions: Definitions | undefined): DecisionInput {
  const definition = definitions?.pinned.get(input.tool)?.definition
  if (definition === undefined) return input
  const { annotations, category, severity } = input.facts
  const own = definition['annotations']
  const risk = definitions?.risks.get(input.tool)
  const facts = {
    category: category ?? risk?.category,
    severity: severity ?? risk?.severity,
    annotations: Object.keys(annotations).length > 0 || !isJsonObject(own) ? annotations : own,
  }
  return { ...input, facts }
}

/** Other doors than tools have a `/` in their name, and no definition. */
const isDoor = (tool: string): boolean => tool.includes('/')

/** The engine is loaded once, by the first question. */
export async function openJudge(): Promise<
  (policy: Policy, input: DecisionInput, definitions: Definitions | undefined) => Explanation
> {
  const { decide } = await import('../../policy/decide.ts')
  const { explainVerdict } = await import('../../policy/explain.ts')
  const { argumentProblem, definitionProblem, weigh } = await import('../../gateway/decision.ts')
  return (policy, given, definitions) => {
    const input = withDefinition(given, definitions)
    const verdict = decide(policy, input)
    const weighed = weigh(verdict, () => {
      if (definitions === undefined || isDoor(input.tool)) return undefined
      const pinned = definitions.pinned.get(input.tool)
      return pinned === undefined
        ? definitionProblem(pinned, input.tool, input.server.name)
        : argumentProblem(pinned, input.args)
    })
    if ('effect' in weighed || weighed.rule === verdict.rule) return explainVerdict(policy, input, verdict)
    const { rule, message } = weighed
    const about = { policy: policy.name, policyVersion: policy.version }
    return { verdict: 'deny', rule, message, facts: [], also: [], limits: [], ...about }
  }
}
