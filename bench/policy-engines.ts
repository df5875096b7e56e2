/**
 * The three engines, each by the fastest way its interface offers to decide the same rules again and again: everything
 * that can be read, parsed or compiled before a call is.
 */

import { type CelInput, celEnv, parse, plan } from '@bufbuild/cel'
import { preparsePolicySet, statefulIsAuthorized } from '@cedar-policy/cedar-wasm/nodejs'
import { decide } from '../src/policy/decide.ts'
import { loadPolicy } from '../src/policy/load.ts'
import type { DecisionInput } from '../src/policy/verdict.ts'
import type { Json } from '../src/wire/json-types.ts'
import type { BenchCase } from './policy-cases.ts'

export type EngineName = 'sallyport' | 'cedar' | 'cedar, joined' | 'cel' | 'cel, joined'
type Effect = 'allow' | 'deny'

export interface Engine {
  readonly name: EngineName
  /** Compiles the rules of a case and gives, per call, the function that decides it. Absent: the language cannot say it. */
  load(given: BenchCase): ((call: DecisionInput) => () => Effect) | undefined
}

/** Conditions joined with `||` in one expression. More of them overflow the stack of the WebAssembly module. */
const joinedMax = 100

export const engines: readonly Engine[] = [
  { name: 'sallyport', load: loadOurs },
  { name: 'cedar', load: given => loadCedar(given, 1) },
  { name: 'cedar, joined', load: given => loadCedar(given, joinedMax) },
  { name: 'cel', load: given => loadCel(given, 1) },
  { name: 'cel, joined', load: given => loadCel(given, joinedMax) },
]

function loadOurs({ tools }: BenchCase): (call: DecisionInput) => () => Effect {
  const entries = [...tools].map(([name, rules]) => [
    name,
    { deny_if: rules.map(({ condition }) => ({ conditions: [condition] })) },
  ])
  const loaded = loadPolicy('bench', JSON.stringify({ version: '1', tools: Object.fromEntries(entries) }))
  if (!loaded.ok) throw new Error(`the policy does not load: ${JSON.stringify(loaded.problems[0])}`)
  return call => () => decide(loaded.policy, call).effect as Effect
}

let sets = 0

/** The policy set is parsed once and kept in the module (`preparsePolicySet`); a call brings its context as JSON values. */
function loadCedar({ tools }: BenchCase, join: number): ((call: DecisionInput) => () => Effect) | undefined {
  const policies: string[] = ['permit(principal, action, resource);']
  for (const [name, rules] of tools) {
    const conditions = rules.map(rule => rule.cedar).filter(each => each !== undefined)
    if (conditions.length < rules.length) return undefined
    for (const part of parts(conditions, join)) {
      policies.push(`forbid(principal, action == Action::"${name}", resource) when { ${joined(part)} };`)
    }
  }
  sets += 1
  const id = `set${sets}`
  const parsed = preparsePolicySet(id, { staticPolicies: policies.join('\n') })
  if (parsed.type !== 'success') throw new Error(`Cedar does not take the policies: ${parsed.errors[0]?.message}`)
  return call => {
    const request = {
      principal: { type: 'Agent', id: call.caller.id },
      action: { type: 'Action', id: call.tool },
      resource: { type: 'Server', id: call.server.name },
      context: { args: call.args as never },
      preparsedPolicySetId: id,
      validateRequest: false,
      entities: [],
    }
    return () => {
      const answer = statefulIsAuthorized(request)
      if (answer.type !== 'success') throw new Error(`Cedar does not answer: ${answer.errors[0]?.message}`)
      return answer.response.decision
    }
  }
}

/** CEL has no policies: the programs of a tool are found by its name and run until one is true. */
function loadCel({ tools }: BenchCase, join: number): ((call: DecisionInput) => () => Effect) | undefined {
  const environment = celEnv({})
  const programs = new Map<string, readonly ReturnType<typeof plan>[]>()
  for (const [name, rules] of tools) {
    const conditions = rules.map(rule => rule.cel).filter(each => each !== undefined)
    if (conditions.length < rules.length) return undefined
    programs.set(
      name,
      parts(conditions, join).map(part => plan(environment, parse(joined(part)))),
    )
  }
  return call => {
    const own = programs.get(call.tool) ?? []
    return () => {
      const bindings = { args: bound(call.args) }
      for (const program of own) {
        const result: unknown = program(bindings)
        if (typeof result !== 'boolean') throw new Error(`CEL does not answer: ${String(result)}`)
        if (result) return 'deny'
      }
      return 'allow'
    }
  }
}

/** Maps are what the library looks members up in fastest; making them is part of a call. */
function bound(value: Json): CelInput {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return (value as readonly Json[]).map(bound)
  return new Map(Object.entries(value).map(([key, member]) => [key, bound(member)]))
}

function parts(conditions: readonly string[], size: number): readonly (readonly string[])[] {
  return Array.from({ length: Math.ceil(conditions.length / size) }, (_, index) => {
    return conditions.slice(index * size, (index + 1) * size)
  })
}

function joined(conditions: readonly string[]): string {
  if (conditions.length <= 1) return conditions[0] ?? 'false'
  const half = conditions.length >> 1
  return `(${joined(conditions.slice(0, half))} || ${joined(conditions.slice(half))})`
}

/** Every engine gives the verdict that is written in the case, on every call of it; otherwise the run ends. */
export function checkVerdicts(
  given: BenchCase,
  engine: EngineName,
  decider: (call: DecisionInput) => () => Effect,
): void {
  for (const [calls, expected] of [
    [given.passing, 'allow'],
    [given.denied, 'deny'],
  ] as const) {
    for (const call of calls) {
      const found = decider(call)()
      if (found !== expected) {
        throw new Error(
          `${engine}, ${given.table}, ${given.row}: ${found} instead of ${expected} for ${JSON.stringify(call.args)}`,
        )
      }
    }
  }
}
