/**
 * The comparisons that rules are made of, each once: the same comparison of one path in two rules, or in two policies,
 * is one atom and has one truth. What cannot be taken apart (`when`, a JSON Schema) is one atom as a whole.
 */
import { limits } from '../../limits.ts'
import { canonicalJson } from '../../wire/canonical.ts'
import type { Json, JsonObject } from '../../wire/json-types.ts'
import { Desk } from '../desk.ts'
import { compileJudge } from '../evaluate.ts'
import type { Condition, Leaf, Operator, Rule } from '../model.ts'
import { compileComparison, error, no, type Sense, type Truth, yes } from '../operators.ts'
import { answerRoots, type Path } from '../path.ts'
import type { Found } from '../reach.ts'
import type { DecisionInput } from '../verdict.ts'
import { readWhen } from '../when.ts'
import { atomsOf, type Formula } from './truths.ts'

/** One comparison of the value at one path. `element`, `units`, `key`, `schema` stand for what `contains`, limits and schemas ask. */
export interface Atom {
  readonly id: number
  readonly path: Path
  /** IANA zone: of `time.*` only, else empty. */
  readonly zone: string
  readonly op: Operator | 'element' | 'units' | 'key' | 'schema'
  readonly value: Json
  readonly sense: Sense
  /** Counts what it takes to find out which values there are, for all atoms of one analysis. */
  readonly work: { steps: number }
  judge(found: Found): Truth
}

/** One question that is asked as a whole. */
export interface Opaque {
  readonly id: number
  readonly words: string
  /** Where its values may come from: sources of constants to try. */
  readonly source: string
  evaluate(input: DecisionInput): Truth
}

export type RuleKind = 'require' | 'deny_if' | 'approve_if'

/** Every atom of one analysis. */
export class Atoms {
  readonly list: (Atom | Opaque)[] = []
  readonly work = { steps: 0 }
  readonly #ids = new Map<string, number>()
  readonly #desk = new Desk()

  /** The conditions and `when` of a rule. `zone`: the zone of the rule's document. */
  rule(rule: Rule, kind: RuleKind, zone: string): Formula {
    const sense: Sense = { holdingDenies: kind !== 'require', inRequire: kind === 'require' }
    const parts = rule.conditions.map(condition => this.condition(condition, sense, zone))
    if (rule.when !== undefined) parts.push(this.#when(rule.when, zone))
    const [only] = parts
    return only !== undefined && parts.length === 1 ? only : { every: parts }
  }

  condition(condition: Condition, sense: Sense, zone: string): Formula {
    if ('leaf' in condition) return { atom: this.#leaf(condition.leaf, sense, zone) }
    if ('any' in condition) return { some: condition.any.map(inner => this.condition(inner, sense, zone)) }
    if ('all' in condition) return { every: condition.all.map(inner => this.condition(inner, sense, zone)) }
    const turned = { ...sense, holdingDenies: !sense.holdingDenies }
    return { not: this.condition(condition.not, turned, zone) }
  }

  /** Holds where a limit can count what is at `path`. */
  units(path: Path): Formula {
    const judge = (found: Found) =>
      typeof found === 'number' && Number.isFinite(found) && found >= 0 && found <= Number.MAX_SAFE_INTEGER ? yes : no
    return { atom: this.#add({ path, zone: '', op: 'units', value: null, sense: requiring, judge }) }
  }

  /** Holds where a limit can keep a count by what is at `path`. */
  key(path: Path): Formula {
    const judge = (found: Found) =>
      (typeof found === 'string' && found.length <= limits.policyCounterLengthMax) ||
      (typeof found === 'number' && Number.isFinite(found)) ||
      typeof found === 'boolean'
        ? yes
        : no
    return { atom: this.#add({ path, zone: '', op: 'key', value: null, sense: requiring, judge }) }
  }

  /** Holds where what is at `path` fits a part of the tool's own schema. */
  fitting(
    path: Path,
    part: { readonly plain: JsonObject; readonly isRequired: boolean },
    fits: (found: Found) => boolean,
  ) {
    const judge = (found: Found) => (fits(found) ? yes : no)
    const value = { ...part.plain, isRequired: part.isRequired }
    return { atom: this.#add({ path, zone: '', op: 'schema', value, sense: requiring, judge }) }
  }

  /** The question `contains` puts to each element of the list it is asked about. */
  element(of: Atom): Atom {
    const path: Path = { ...of.path, text: `${of.path.text}[*]`, steps: [...of.path.steps, { each: true }] }
    const compare = compileComparison('eq', of.value, of.sense, this.#desk)
    const judge = (found: Found) => (typeof found === 'symbol' ? error : compare(found, this.#desk))
    const id = this.#add({ path, zone: of.zone, op: 'element', value: of.value, sense: of.sense, judge })
    return this.list[id] as Atom
  }

  /** A JSON Schema, asked as a whole: `yes` when the arguments fit. */
  schema(schema: Json, words: string, fits: (input: DecisionInput) => boolean): Formula {
    const source = canonicalJson(schema)
    return this.opaque(`${words} ${source}`, words, source, input => (fits(input) ? yes : no))
  }

  opaque(key: string, words: string, source: string, evaluate: (input: DecisionInput) => Truth): Formula {
    const known = this.#ids.get(key)
    if (known !== undefined) return { atom: known }
    const id = this.list.length
    this.list.push({ id, words, source, evaluate })
    this.#ids.set(key, id)
    return { atom: id }
  }

  #when(source: string, zone: string): Formula {
    const text = source.trim()
    const asksTime = /\btime\b/.test(text)
    const reading = readWhen(text, zone, answerRoots)
    return this.opaque(`when ${asksTime ? zone : ''} ${text}`, `\`when: ${text}\``, text, input => {
      if (!reading.ok) return error
      this.#desk.clear()
      return reading.when.evaluate(input, this.#desk).truth
    })
  }

  #leaf(leaf: Leaf, sense: Sense, zone: string): number {
    const ownZone = leaf.path.root === 'time' ? zone : ''
    const compare = compileJudge(leaf, sense, this.#desk)
    const judge = (found: Found) => {
      this.#desk.clear()
      return compare(found, this.#desk)
    }
    return this.#add({ path: leaf.path, zone: ownZone, op: leaf.op, value: leaf.value, sense, judge })
  }

  #add(atom: Omit<Atom, 'id' | 'work'>): number {
    const inRequire = atom.op === 'glob' && atom.sense.inRequire
    const key = JSON.stringify([
      ...[placeKey(atom.path), atom.zone, atom.op, canonicalJson(atom.value), atom.sense.holdingDenies, inRequire],
    ])
    const known = this.#ids.get(key)
    if (known !== undefined) return known
    const id = this.list.length
    this.list.push({ ...atom, id, work: this.work })
    this.#ids.set(key, id)
    return id
  }
}

const requiring: Sense = { holdingDenies: false, inRequire: true }

/** Equal for two ways to write one path. */
function placeKey({ root, steps }: Path): string {
  return JSON.stringify([root, steps])
}

export function isOpaque(atom: Atom | Opaque): atom is Opaque {
  return 'evaluate' in atom
}

const searching = new Set<Atom['op']>(['contains', 'ends_with', 'glob', 'regex'])

/** The comparisons of a demand that look for parts of texts. */
export function searchesIn(atoms: Atoms, { formula }: { readonly formula: Formula }): readonly number[] {
  return atomsOf(formula).filter(id => searching.has((atoms.list[id] as Atom).op))
}
