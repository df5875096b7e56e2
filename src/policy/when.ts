/**
 * `when`: one CEL expression (cel.dev), beside or instead of conditions. Judged at load: size, nesting of
 * comprehensions, known roots, patterns written out and within the bounds of `regex`. Judged per call: the work it can
 * cost. Anything but true or false is an error, and an error denies. CEL compares exactly, in `deny_if` too.
 */
import { type CelInput, celEnv, isCelError, parse, plan } from '@bufbuild/cel'
import { limits } from '../limits.ts'
import type { Json } from '../wire/json-types.ts'
import type { Desk } from './desk.ts'
import { error, no, type Truth, yes } from './operators.ts'
import { type Root, readPath, roots } from './path.ts'
import { readPattern } from './pattern.ts'
import { nearest } from './problem.ts'
import { absent, compileReach } from './reach.ts'
import type { DecisionInput } from './verdict.ts'
import { type Expr, stepsOf } from './when-cost.ts'

export interface When {
  /** The value of the expression for a call, or the words of what went wrong. */
  evaluate(input: DecisionInput, desk: Desk): { readonly truth: Truth; readonly problem?: string }
}

export type WhenReading =
  | { readonly ok: true; readonly when: When }
  | { readonly ok: false; readonly message: string; readonly remedy: string }

type Parsed = ReturnType<typeof parse>

/** Compiles an expression over `known` roots, for documents whose times are in `zone`. */
export function readWhen(source: string, zone: string, known: readonly Root[] = roots): WhenReading {
  if (source.length > limits.policyWhenLengthMax) {
    return bad(`the expression has more than ${limits.policyWhenLengthMax} characters`, 'split it into several rules')
  }
  if (bracketDepth(source) > limits.policyWhenDepthMax) {
    return bad(`brackets are nested deeper than ${limits.policyWhenDepthMax}`, 'split it into several rules')
  }
  let parsed: Parsed
  try {
    parsed = parse(source)
  } catch (cause) {
    // the parser throws for whatever it cannot read
    return bad(
      `the expression cannot be read: ${firstLine(cause)}`,
      'write one CEL expression such as `args.amount > 500`',
    )
  }
  const survey = new Survey(known)
  if (parsed.expr !== undefined) survey.visit(parsed.expr, new Set(), 0)
  if (survey.problem !== undefined) return survey.problem
  return { ok: true, when: compileWhen(parsed, survey, zone) }
}

function bad(message: string, remedy: string): Extract<WhenReading, { ok: false }> {
  return { ok: false, message, remedy }
}

/** The parser recurses: how deep it can go must not depend on the stack that happens to be left. */
function bracketDepth(source: string): number {
  let depth = 0
  let deepest = 0
  for (const character of source) {
    if ('([{'.includes(character)) deepest = Math.max(deepest, ++depth)
    else if (')]}'.includes(character)) depth -= 1
  }
  return deepest
}

function firstLine(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause)
  return (text.split('\n')[0] ?? '').slice(0, 200)
}

/** What an expression uses: how many nodes, which roots; and what speaks against it. */
class Survey {
  nodes = 0
  readonly roots = new Set<string>()
  readonly #known: readonly string[]
  problem: Extract<WhenReading, { ok: false }> | undefined

  constructor(known: readonly Root[]) {
    this.#known = known
  }

  visit(expr: Expr, bound: ReadonlySet<string>, depth: number): void {
    this.nodes += 1
    if (this.nodes > limits.policyWhenNodesMax)
      this.refuse('the expression is too large', 'split it into several rules')
    if (depth > limits.policyWhenLoopsMax) this.refuse('lists are walked within lists within lists', 'split the rule')
    if (this.problem !== undefined) return
    const { exprKind: kind } = expr
    const inner = (next: Expr | undefined, names = bound, deeper = depth): void => {
      if (next !== undefined) this.visit(next, names, deeper)
    }
    if (kind.case === 'identExpr') this.#name(kind.value.name, bound)
    else if (kind.case === 'selectExpr') inner(kind.value.operand)
    else if (kind.case === 'callExpr') {
      if (kind.value.function === 'matches') this.#pattern(kind.value.args)
      inner(kind.value.target)
      for (const argument of kind.value.args) inner(argument)
    } else if (kind.case === 'listExpr') for (const element of kind.value.elements) inner(element)
    else if (kind.case === 'structExpr') {
      for (const entry of kind.value.entries) {
        if (entry.keyKind.case === 'mapKey') inner(entry.keyKind.value)
        inner(entry.value)
      }
    } else if (kind.case === 'comprehensionExpr') {
      const loop = kind.value
      const names = new Set([...bound, loop.iterVar, loop.iterVar2, loop.accuVar])
      inner(loop.iterRange)
      for (const part of [loop.accuInit, loop.loopCondition, loop.loopStep, loop.result]) inner(part, names, depth + 1)
    }
  }

  refuse(message: string, remedy: string): void {
    this.problem ??= bad(message, remedy)
  }

  #name(name: string, bound: ReadonlySet<string>): void {
    if (bound.has(name)) return
    if (this.#known.includes(name)) this.roots.add(name)
    else {
      const near = nearest(name, this.#known)
      const remedy = near === undefined ? `use ${this.#known.join(', ')}` : `did you mean \`${near}\`?`
      this.refuse(`\`${name}\` is not known in an expression`, remedy)
    }
  }

  /** The pattern of `matches` comes from the document: a caller must not choose how much is compiled. */
  #pattern(args: readonly Expr[]): void {
    const kind = args.at(-1)?.exprKind
    const constant = kind?.case === 'constExpr' ? kind.value.constantKind : undefined
    if (constant?.case !== 'stringValue') {
      this.refuse('`matches` needs a pattern written out', 'write the pattern in quotes')
      return
    }
    const reading = readPattern(constant.value)
    if (!reading.ok) this.refuse(reading.message, reading.remedy)
  }
}

const environment = celEnv({})

function compileWhen(parsed: Parsed, survey: Survey, zone: string): When {
  const run = plan(environment, parsed)
  const names = [...survey.roots]
  return {
    evaluate(input, desk) {
      const size: Size = { elements: 0 }
      const bindings: Record<string, CelInput> = {}
      for (const name of names) bindings[name] = boundRoot(name, input, zone, size)
      if (size.unusable !== undefined) return { truth: error, problem: `\`when\` met ${size.unusable}` }
      const steps = parsed.expr === undefined ? 0 : stepsOf(parsed.expr, bindings, limits.policyWorkMax / unitsPerStep)
      if (!desk.spend(steps * unitsPerStep))
        return { truth: error, problem: '`when` would take more work than one decision may' }
      try {
        const result: unknown = run(bindings)
        if (typeof result === 'boolean') return { truth: result ? yes : no }
        const problem = isCelError(result) ? firstLine(result) : 'its value is not true or false'
        return { truth: error, problem: `\`when\` could not be evaluated: ${problem}` }
      } catch (cause) {
        return { truth: error, problem: `\`when\` could not be evaluated: ${firstLine(cause)}` }
      }
    },
  }
}

/** One node takes about as long (0.3 µs) as twenty characters under a pattern. */
const unitsPerStep = 20

interface Size {
  elements: number
  /** What an expression cannot be evaluated on, in words. */
  unusable?: string
}

function boundRoot(root: string, input: DecisionInput, zone: string, size: Size): CelInput {
  if (root === 'tool') {
    const { category, severity, annotations } = input.facts
    return bound({ name: input.tool, ...(category && { category }), ...(severity && { severity }), annotations }, size)
  }
  if (root === 'result') return boundAnswer(input, size)
  if (root === 'time') return new Map(['hour', 'weekday', 'date'].flatMap(part => timeMember(part, input, zone)))
  return bound(input[root as 'args' | 'caller' | 'grant' | 'server'] as unknown as Json, size)
}

/** An answer's data with the members MCP gives every answer in front of it, as paths see them. */
function boundAnswer({ answer }: DecisionInput, size: Size): CelInput {
  const data = Object.entries(answer?.data ?? {}).filter(([key]) => answer?.members.has(key) !== true)
  const own = Object.entries(answer?.whole ?? {}).filter(([key]) => answer?.members.has(key) === true)
  return new Map([...data, ...own].map(([key, member]) => [key, bound(member, size)]))
}

function timeMember(part: string, input: DecisionInput, zone: string): [string, CelInput][] {
  const reading = readPath(`time.${part}`)
  const found = reading.ok ? compileReach(reading.path, zone)(input) : absent
  return typeof found === 'string' || typeof found === 'number' ? [[part, found]] : []
}

/** Maps for objects: own members only, and `__proto__` is a key like any other. */
function bound(value: Json, size: Size): CelInput {
  size.elements += 1
  // an answer may be far larger than a call: what no expression could afford is not even copied
  if (size.elements * unitsPerStep > limits.policyWorkMax) size.unusable = 'more than it may look at'
  if (size.unusable !== undefined) return null
  if (typeof value === 'number' && !Number.isFinite(value)) size.unusable = 'a number that is not finite'
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return (value as readonly Json[]).map(item => bound(item, size))
  return new Map(Object.entries(value).map(([key, member]) => [key, bound(member, size)]))
}
