/**
 * A call judged without a gateway, in the order of the gateway: hidden, not listed and `action` first, then the tool
 * itself and its argument schema where its definition is known, then the rules. Limits are named, not tried.
 */
import type { PinnedTool } from '../../catalogue/pins.ts'
import type { Policy } from '../../policy/compile.ts'
import type { Explanation } from '../../policy/explain.ts'
import type { DecisionInput, ToolFacts } from '../../policy/verdict.ts'
import { isJsonObject, type JsonObject } from '../../wire/json-types.ts'

/** The definitions of a server, by name. */
export type Definitions = ReadonlyMap<string, PinnedTool>

/** Definitions as if each had been reviewed. */
export async function definitionsOf(tools: readonly ToolFacts[], server: string): Promise<Definitions> {
  const { canonicalJson, sha256Hex } = await import('../../wire/canonical.ts')
  return new Map(
    tools.map(({ name, inputSchema, annotations }) => {
      const definition: JsonObject = {
        name,
        ...(inputSchema === undefined ? {} : { inputSchema }),
        ...(annotations === undefined ? {} : { annotations }),
      }
      const hash = sha256Hex(canonicalJson(definition))
      return [name, { server, name, hash, definition, state: 'approved', firstSeenMs: 0 } as const]
    }),
  )
}

/** What `--context` says, with the annotations of the tool's own definition where it says nothing of them. */
function withDefinition(input: DecisionInput, definitions: Definitions | undefined): DecisionInput {
  const annotations = definitions?.get(input.tool)?.definition['annotations']
  if (!isJsonObject(annotations) || Object.keys(input.facts.annotations).length > 0) return input
  return { ...input, facts: { ...input.facts, annotations } }
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
      const pinned = definitions.get(input.tool)
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
