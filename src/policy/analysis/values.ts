/**
 * Everything that can be at one place of a call, in kinds that the comparisons there, and of elements below it, cannot
 * tell apart. Each kind has values for it where some were found. No value is left out; a kind without values may be
 * one that nothing belongs to.
 */
import { limits } from '../../limits.ts'
import { canonicalJson } from '../../wire/canonical.ts'
import { isJsonObject, type Json, type JsonObject } from '../../wire/json-types.ts'
import { absent, broken, type Found } from '../reach.ts'
import type { Atom } from './atoms.ts'
import { listKinds } from './lists.ts'
import { namedIn } from './named-values.ts'
import { type Span, spansAround } from './numbers.ts'
import { textWays } from './texts.ts'
import { listAtomsAt, type PlaceNode, truthAt } from './tree.ts'
import { anyTruth, onlyTruth, type Truths } from './truths.ts'

export type JsonKind = 'nothing' | 'null' | 'true' | 'false' | 'number' | 'text' | 'list' | 'object'

/** What the members of a value are: its own matter (`open`), or those of this value. */
export type Below = 'open' | { readonly found: Found }

export interface ValueKind {
  /** By number of the comparison. */
  readonly truths: ReadonlyMap<number, Truths>
  readonly below: Below
  readonly kinds: ReadonlySet<JsonKind>
  /** Numbers of this kind. */
  readonly spans: readonly Span[]
  /** Values of this kind; `absent` for a place with nothing in it. */
  readonly samples: readonly Found[]
}

interface Draft {
  readonly truths: ReadonlyMap<number, Truths>
  readonly below: Below
  readonly kinds: Set<JsonKind>
  readonly spans: Span[]
  readonly samples: Found[]
}

/** Collects kinds, one for each way the comparisons come out. */
export class ValueKinds {
  readonly #drafts = new Map<string, Draft>()
  readonly #node: PlaceNode
  readonly #atoms: readonly Atom[]
  readonly #hasMembers: boolean

  constructor(node: PlaceNode) {
    this.#node = node
    this.#atoms = [...node.own, ...listAtomsAt(node).filter(({ op }) => op !== 'element')]
    this.#hasMembers = node.keys.size > 0
  }

  /** A value, under what the comparisons really say of it. */
  value(found: Found, kind: JsonKind, span?: Span): void {
    const truths = new Map(this.#atoms.map(atom => [atom.id, onlyTruth(truthAt(atom, this.#node.depth, found))]))
    const isOpen = typeof found !== 'symbol' && isJsonObject(found) && !this.#isNamed(found)
    const draft = this.#draft(truths, isOpen ? 'open' : { found: belowOf(found) }, kind)
    if (draft.samples.length < limits.analysisSamplesMax) draft.samples.push(found)
    if (span !== undefined) draft.spans.push(span)
  }

  /** A way the comparisons may come out, for values nobody has seen. `known`: what is not open. */
  possible(known: ReadonlyMap<number, Truths>, below: Below, kind: JsonKind): void {
    const truths = new Map(this.#atoms.map(({ id }) => [id, known.get(id) ?? anyTruth]))
    this.#draft(truths, below, kind)
  }

  get list(): readonly ValueKind[] {
    return [...this.#drafts.values()]
  }

  #isNamed(found: Json): boolean {
    return this.#hasMembers && structuresIn(this.#node).some(each => canonicalJson(each) === canonicalJson(found))
  }

  #draft(truths: ReadonlyMap<number, Truths>, below: Below, kind: JsonKind): Draft {
    const key = `${[...truths.values()].join()} ${this.#hasMembers || kind === 'nothing' ? belowKey(below) : ''}`
    const draft = this.#drafts.get(key) ?? { truths, below, kinds: new Set(), spans: [], samples: [] }
    this.#drafts.set(key, draft)
    draft.kinds.add(kind)
    return draft
  }
}

/** Nothing is below null as below nothing; every other value that is no object breaks a path to a member. */
function belowOf(found: Found): Found {
  if (found === null || found === absent) return absent
  return typeof found !== 'symbol' && isJsonObject(found) ? found : broken
}

function belowKey(below: Below): string {
  if (below === 'open') return 'open'
  const { found } = below
  return typeof found === 'symbol' ? String(found.description) : canonicalJson(found)
}

/** Everything that can be at `node`. `isElement`: an element of a list, which is always there. */
export function valueKinds(node: PlaceNode, isElement = false): readonly ValueKind[] {
  const kinds = new ValueKinds(node)
  const { shape } = node
  if (shape.kind === 'choice') for (const value of shape.values) kinds.value(value, 'text')
  else if (shape.kind === 'members') addObjects(kinds, node)
  else if (shape.kind === 'texts') listKinds(node, kinds)
  else if (shape.kind === 'text') addTexts(kinds, node)
  else if (shape.kind === 'optional text') {
    if (!isElement) kinds.value(absent, 'nothing')
    addTexts(kinds, node)
  } else addAnything(kinds, node, isElement)
  return kinds.list
}

function addAnything(kinds: ValueKinds, node: PlaceNode, isElement: boolean): void {
  const spans = spansAround(numbersIn(node))
  for (const { sample, ...span } of preferred(spans)) kinds.value(sample, 'number', span)
  addTexts(kinds, node)
  for (const hint of node.hints) kinds.value(hint, kindOf(hint))
  if (!isElement) kinds.value(absent, 'nothing')
  kinds.value(null, 'null')
  kinds.value(true, 'true')
  kinds.value(false, 'false')
  addObjects(kinds, node)
  listKinds(node, kinds)
}

/** Positive numbers first: they are what a reader expects to see. */
function preferred<Each extends Span & { readonly sample: number }>(spans: readonly Each[]): readonly Each[] {
  return [...spans.filter(({ sample }) => sample > 0), ...spans.filter(({ sample }) => !(sample > 0))]
}

function addTexts(kinds: ValueKinds, node: PlaceNode): void {
  const hints = node.hints.filter(hint => typeof hint === 'string')
  const lists = new Map(listAtomsAt(node).map(atom => [atom.id, onlyTruth(truthAt(atom, node.depth, ''))]))
  for (const { truths, text } of textWays(node.own, hints)) {
    if (text !== undefined) kinds.value(text, 'text')
    else {
      const own = node.own.map((atom, index) => [atom.id, truths[index] ?? anyTruth] as const)
      kinds.possible(new Map([...lists, ...own]), { found: broken }, 'text')
    }
  }
}

/** Objects: those the comparisons name, their look-alikes, and any other, whose members are their own matter. */
function addObjects(kinds: ValueKinds, node: PlaceNode): void {
  const named = structuresIn(node).filter(isJsonObject)
  kinds.value(named.length === 0 ? {} : { [freshKey(named)]: true }, 'object')
  for (const value of named) {
    kinds.value(value, 'object')
    const alike = lookAlike(value)
    if (alike === undefined) continue
    kinds.value(alike, 'object')
    const own = node.own.map(atom => [atom.id, onlyTruth(atom.judge(alike))] as const)
    const lists = listAtomsAt(node).map(atom => [atom.id, onlyTruth(truthAt(atom, node.depth, {}))] as const)
    kinds.possible(new Map([...own, ...lists]), 'open', 'object')
  }
}

/** A member that none of `objects` has: with it an object is none of them. */
function freshKey(objects: readonly JsonObject[]): string {
  let key = 'other'
  while (objects.some(object => Object.hasOwn(object, key))) key += '_'
  return key
}

function numbersIn(node: PlaceNode): readonly number[] {
  return node.own.flatMap(({ op, value }) => {
    if (op === 'units') return [0, Number.MAX_SAFE_INTEGER]
    const named = op === 'schema' ? namedIn(value) : value
    return [named, ...(Array.isArray(named) ? (named as readonly Json[]) : [])].filter(each => typeof each === 'number')
  })
}

const equalities = new Set<Atom['op']>(['eq', 'neq', 'element'])

/** The lists and objects that the comparisons at a place name. */
export function structuresIn({ own }: PlaceNode): readonly Json[] {
  return own.flatMap(({ op, value }) => {
    const values = equalities.has(op) ? [value] : op === 'in' || op === 'not_in' ? (value as readonly Json[]) : []
    return values.filter(each => typeof each === 'object' && each !== null)
  })
}

/** The same in another case, where that is another value. */
export function lookAlike(value: Json): Json | undefined {
  const text = JSON.stringify(value)
  const changed = JSON.stringify(inUpperCase(value))
  return changed === text ? undefined : inUpperCase(value)
}

function inUpperCase(value: Json): Json {
  if (typeof value === 'string') return value.toUpperCase()
  if (Array.isArray(value)) return (value as readonly Json[]).map(inUpperCase)
  if (!isJsonObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key.toUpperCase(), inUpperCase(member)]))
}

function kindOf(value: Json): JsonKind {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'list'
  if (typeof value === 'boolean') return value ? 'true' : 'false'
  return typeof value === 'object' ? 'object' : typeof value === 'number' ? 'number' : 'text'
}
