/**
 * What evaluating an expression on a call can cost at most, found before it is evaluated: the expression is walked once
 * with bounds in place of values. A step is what one node on a number takes; comparing, searching and joining cost what
 * their operands weigh, a loop what its body costs on the heaviest element, times its elements. Never too little.
 */
import type { CelInput, parse } from '@bufbuild/cel'

export type Expr = NonNullable<ReturnType<typeof parse>['expr']>

/** What is known of a value: that it is one of these parts of the call, or a list made of such; and its weight. */
interface Bound {
  readonly values?: readonly CelInput[]
  readonly list?: { readonly length: number; readonly of: Bound }
  /** Elements, and characters by the number that one step compares. No value is heavier. */
  readonly weight: number
}

const charactersPerStep = 64
/** One call of a function that converts or reads a text, such as `timestamp`. */
const conversionSteps = 12
const one: Bound = { weight: 1 }

/** Steps of `expr` with these values for its roots, or `Infinity` once they are more than `stepsMax`. */
export function stepsOf(expr: Expr, roots: Readonly<Record<string, CelInput>>, stepsMax: number): number {
  const meter = new Meter(stepsMax)
  const names = new Map(Object.entries(roots).map(([name, value]) => [name, meter.oneOf([value])]))
  meter.visit(expr, names)
  return !(meter.steps <= stepsMax) ? Number.POSITIVE_INFINITY : meter.steps
}

type Names = ReadonlyMap<string, Bound>

class Meter {
  steps = 0
  /** Elements looked at to find bounds: work of its own, which loops do not multiply. */
  #looked = 0
  readonly #max: number
  readonly #weights = new Map<object, number>()

  constructor(max: number) {
    this.#max = max
  }

  visit(expr: Expr | undefined, names: Names): Bound {
    this.steps += 1
    if (expr === undefined || this.steps > this.#max) return one
    const { exprKind: kind } = expr
    if (kind.case === 'constExpr') {
      const { value } = kind.value.constantKind
      return typeof value === 'string' ? this.oneOf([value]) : one
    }
    if (kind.case === 'identExpr') return names.get(kind.value.name) ?? one
    if (kind.case === 'selectExpr') {
      const from = this.visit(kind.value.operand, names)
      return kind.value.testOnly ? one : this.#member(from, kind.value.field)
    }
    if (kind.case === 'callExpr') {
      const operands = [...(kind.value.target ? [kind.value.target] : []), ...kind.value.args]
      if (kind.value.function === '_+_' && isGathering(operands[0], names)) return this.visit(operands[1], names)
      return this.#call(
        kind.value.function,
        operands.map(operand => this.visit(operand, names)),
      )
    }
    if (kind.case === 'listExpr') return this.#listed(kind.value.elements.map(element => this.visit(element, names)))
    if (kind.case === 'structExpr') {
      const parts = kind.value.entries.flatMap(({ keyKind, value }) => [
        this.visit(keyKind.case === 'mapKey' ? keyKind.value : undefined, names),
        this.visit(value, names),
      ])
      return { weight: sum(parts) }
    }
    return kind.case === 'comprehensionExpr' ? this.#loop(kind.value, names) : one
  }

  /** A bound of a value that is one of `values`. */
  oneOf(values: readonly CelInput[]): Bound {
    return { values, weight: values.reduce<number>((most, value) => Math.max(most, this.#weigh(value)), 1) }
  }

  #call(name: string, operands: readonly Bound[]): Bound {
    const [first = one, second = one] = operands
    const all = sum(operands)
    switch (name) {
      case '_==_':
      case '_!=_':
      case '_<_':
      case '_<=_':
      case '_>_':
      case '_>=_':
      case 'startsWith':
      case 'endsWith':
        return this.#spend(Math.min(first.weight, second.weight), one)
      case '@in':
        return this.#spend(second.weight, one)
      case 'contains':
        // a text made of what it looks for, again and again, is compared with it at every place
        return this.#spend(3 * first.weight * second.weight, one)
      case 'matches':
        return this.#spend(4 * first.weight, one)
      case 'size':
        return this.#spend(first.weight, one)
      case '_+_':
        return this.#spend(all, joined(first, second))
      case '_[_]':
        return this.#spend(1, this.#items(first).of)
      case '_?_:_':
        return heavier(second, operands[2] ?? one)
      case '_&&_':
      case '_||_':
      case '!_':
      case '-_':
      case '_-_':
      case '_*_':
      case '_/_':
      case '_%_':
      case '@not_strictly_false':
        return one
      default:
        return this.#spend(conversionSteps + all, { weight: all })
    }
  }

  #spend<T>(steps: number, value: T): T {
    this.steps += steps
    return value
  }

  #loop(loop: Extract<Expr['exprKind'], { case: 'comprehensionExpr' }>['value'], names: Names): Bound {
    const range = this.#items(this.visit(loop.iterRange, names))
    const start = this.visit(loop.accuInit, names)
    const before = this.steps
    const inner = new Map([...names, [loop.iterVar, range.of], [loop.accuVar, gathered]])
    this.visit(loop.loopCondition, inner)
    const each = this.visit(loop.loopStep, inner)
    this.steps = before + (this.steps - before) * range.length
    const made = each.list === undefined ? each : joined(start, this.#repeated(each, range.length))
    return this.visit(loop.result, new Map([...names, [loop.accuVar, made]]))
  }

  /** What a loop gathers that adds `each` at every turn. */
  #repeated(each: Bound, times: number): Bound {
    const { length = 1, of = one } = each.list ?? {}
    return { weight: 1 + times * each.weight, list: { length: times * length, of } }
  }

  #listed(elements: readonly Bound[]): Bound {
    const of = elements.reduce(heavier, one)
    return { weight: 1 + sum(elements), list: { length: elements.length, of } }
  }

  /** How many elements (or keys, or members) there are at most, and what each is. */
  #items(bound: Bound): { readonly length: number; readonly of: Bound } {
    if (bound.list !== undefined) return bound.list
    if (bound.values === undefined) return { length: bound.weight, of: { weight: bound.weight } }
    let length = 0
    const parts: CelInput[] = []
    for (const value of bound.values) {
      const items = Array.isArray(value) ? value : value instanceof Map ? [...value.keys(), ...value.values()] : []
      length = Math.max(length, items.length)
      this.#looked += items.length
      if (this.#looked > this.#max) {
        this.steps = Number.POSITIVE_INFINITY
        return { length, of: one }
      }
      for (const item of items) parts.push(item as CelInput)
    }
    return { length, of: this.oneOf(parts) }
  }

  #member(from: Bound, key: string): Bound {
    if (from.values === undefined) return { weight: from.weight }
    return this.oneOf(from.values.flatMap(value => (value instanceof Map && value.has(key) ? [value.get(key)] : [])))
  }

  #weigh(value: CelInput): number {
    if (typeof value === 'string') return 1 + value.length / charactersPerStep
    if (typeof value !== 'object' || value === null) return 1
    const known = this.#weights.get(value)
    if (known !== undefined) return known
    let weight = 1
    if (Array.isArray(value)) for (const item of value) weight += this.#weigh(item)
    else if (value instanceof Map) {
      for (const [key, member] of value) weight += this.#weigh(key as CelInput) + this.#weigh(member as CelInput)
    }
    this.#weights.set(value, weight)
    return weight
  }
}

/** Stands for what a loop has gathered so far. Adding to it costs what is added. */
const gathered: Bound = { weight: 1 }

function isGathering(expr: Expr | undefined, names: Names): boolean {
  return expr?.exprKind.case === 'identExpr' && names.get(expr.exprKind.value.name) === gathered
}

function sum(bounds: readonly Bound[]): number {
  return bounds.reduce((total, { weight }) => total + weight, 0)
}

/** A bound of a value that is one of two. */
function heavier(a: Bound, b: Bound): Bound {
  if (a === gathered || a === one) return b
  if (b === gathered || b === one) return a
  const weight = Math.max(a.weight, b.weight)
  if (a.values && b.values) return { weight, values: [...a.values, ...b.values] }
  if (!a.list || !b.list) return { weight }
  return { weight, list: { length: Math.max(a.list.length, b.list.length), of: heavier(a.list.of, b.list.of) } }
}

function joined(a: Bound, b: Bound): Bound {
  const weight = a.weight + b.weight
  if (!a.list || !b.list) return { weight }
  return { weight, list: { length: a.list.length + b.list.length, of: heavier(a.list.of, b.list.of) } }
}
