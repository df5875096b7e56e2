/**
 * Lists by what comparisons of their elements can tell apart. A comparison with `[*]` sees only which kinds of elements
 * there are, one with a number only that element: so lists are built element by element, and two that have come to the
 * same truths at the same length go on as one.
 */
import { limits } from '../../limits.ts'
import type { Json } from '../../wire/json-types.ts'
import { absent, broken, type Found, follow } from '../reach.ts'
import type { Atom } from './atoms.ts'
import { atomsAt, listAtomsAt, merged, type PlaceNode, truthAt } from './tree.ts'
import { anyTruth, everyOf, onlyNo, onlyTruth, onlyYes, someOf, type Truths } from './truths.ts'
import { lookAlike, structuresIn, type ValueKinds, valueKinds } from './values.ts'

/** An element with everything below it. */
interface Element {
  readonly truths: ReadonlyMap<number, Truths>
  readonly sample?: Json
}

/** One comparison over a list while it is built; `element` is the comparison each element answers. */
interface Fold {
  readonly id: number
  readonly element: number
  /** Absent: the comparison is about the element at this place alone. */
  readonly join?: (parts: readonly Truths[]) => Truths
  readonly start: Truths
  readonly at?: number
}

interface Partial {
  readonly length: number
  readonly truths: readonly Truths[]
  readonly sample?: readonly Json[]
}

/** Adds every kind of list that can be at `node`. */
export function listKinds(node: PlaceNode, kinds: ValueKinds): void {
  kinds.value([], 'list')
  for (const value of structuresIn(node).filter(Array.isArray)) {
    kinds.value(value as Json, 'list')
    const alike = lookAlike(value as Json)
    if (alike === undefined) continue
    kinds.value(alike, 'list')
    kinds.possible(new Map(node.own.map(atom => [atom.id, onlyTruth(atom.judge(alike))])), { found: broken }, 'list')
  }
  const own = new Map(node.own.map(atom => [atom.id, onlyTruth(atom.judge([unlikely]))]))
  const folds = foldsAt(node)
  if (folds.length === 0) {
    kinds.value([unlikely], 'list')
    kinds.possible(own, { found: broken }, 'list')
    return
  }
  const elements = elementsAt(node)
  const [first] = [...node.own, ...listAtomsAt(node)]
  const lists = elements && buildLists(folds, elements, first?.work ?? { steps: 0 })
  if (lists === undefined) {
    for (const { id } of folds) own.set(id, anyTruth)
    for (const element of node.each ? variedElements(node.each) : []) kinds.value([element], 'list')
    kinds.possible(own, { found: broken }, 'list')
    return
  }
  for (const { truths, sample } of lists) {
    const known = new Map([...own, ...folds.map(({ id }, index) => [id, truths[index] ?? anyTruth] as const)])
    kinds.possible(known, { found: broken }, 'list')
    // a second copy of the last element changes no truth and makes the list another one than any that is named
    if (sample !== undefined) for (const list of [sample, [...sample, ...sample.slice(-1)]]) kinds.value(list, 'list')
  }
}

/** An element no rule names. */
const unlikely = 'x\u2060'

function foldsAt(node: PlaceNode): readonly Fold[] {
  const contains = node.own.filter(({ op }) => op === 'contains')
  const elements = (node.each?.own ?? []).filter(({ op }) => op === 'element')
  const ofContains = contains.flatMap((atom): Fold[] => {
    const element = elements.find(each => isElementOf(each, atom))
    return element === undefined ? [] : [{ id: atom.id, element: element.id, join: someOf, start: onlyNo }]
  })
  const inEach = (node.each ? atomsAt(node.each) : []).filter(({ op }) => op !== 'element')
  const inItems = [...node.items].flatMap(([at, item]) => atomsAt(item).map(atom => [at, atom] as const))
  return [
    ...ofContains,
    ...inEach.map(({ id, sense }): Fold => {
      const denies = sense.holdingDenies
      return { id, element: id, join: denies ? someOf : everyOf, start: denies ? onlyNo : onlyYes }
    }),
    ...inItems.map(([at, atom]): Fold => {
      return { id: atom.id, element: atom.id, at, start: onlyTruth(truthAt(atom, node.depth + 1, absent)) }
    }),
  ]
}

function isElementOf(element: Atom, atom: Atom): boolean {
  return element.value === atom.value && element.sense.holdingDenies === atom.sense.holdingDenies
}

/** The elements a list can have at each place: those with a number of their own, and last those behind them. */
function elementsAt(node: PlaceNode): readonly (readonly Element[])[] | undefined {
  const last = Math.max(-1, ...node.items.keys())
  if (last >= limits.analysisListPlacesMax) return undefined
  const shape = node.shape.kind === 'texts' ? ({ kind: 'text' } as const) : ({ kind: 'json' } as const)
  const bare: PlaceNode = { shape, depth: node.depth + 1, own: [], keys: new Map(), items: new Map(), hints: [] }
  const places = Array.from({ length: last + 2 }, (_, at) => merged(node.each, node.items.get(at)) ?? bare)
  const elements = places.map(place => elementsOf(place, true))
  return elements.every(each => each !== undefined) ? elements : undefined
}

/** Every kind of value at `node` together with every kind of member; too many are none. */
function elementsOf(node: PlaceNode, isElement: boolean): readonly Element[] | undefined {
  const found: Element[] = []
  for (const { truths, below, samples } of valueKinds(node, isElement)) {
    const sample = samples[0]
    if (below !== 'open') {
      const members = [...node.keys].flatMap(([key, member]) =>
        atomsAt(member).map(atom => {
          const at = follow(below.found, [{ key }])
          return [atom.id, onlyTruth(truthAt(atom, member.depth, at))] as const
        }),
      )
      found.push(elementOf(new Map([...truths, ...members]), sample))
    } else {
      const whole = withMembers(node, { truths, ...(sample !== undefined && { sample: sample as Json }) })
      if (whole === undefined) return undefined
      found.push(...whole)
    }
    if (found.length > limits.analysisClassesMax) return undefined
  }
  return found
}

/** Some elements of too many: every comparison of every member holds, or none does; and each of those with one changed. */
function variedElements(node: PlaceNode): readonly Json[] {
  const members = [...node.keys].map(([key, member]) => {
    const known = (valueMembers(member) ?? []).filter(({ sample }) => sample !== undefined)
    const all = (truth: Truths) =>
      known.find(({ truths }) => [...truths.values()].every(each => each === truth))?.sample
    const samples = [...known.slice(0, variedMax).map(({ sample }) => sample), undefined]
    return { key, samples, bases: [all(onlyYes), all(onlyNo), samples[0]] }
  })
  const objectOf = (base: number, changed: string, to: Json | undefined): Json =>
    Object.fromEntries(
      members.flatMap(({ key, bases }) => {
        const value = key === changed ? to : bases[base]
        return value === undefined ? [] : [[key, value] as const]
      }),
    )
  return [0, 1, 2].flatMap(base =>
    members.flatMap(({ key, samples, bases }) => [bases[base], ...samples].map(sample => objectOf(base, key, sample))),
  )
}

const variedMax = 8

function elementOf(truths: ReadonlyMap<number, Truths>, sample: Found | undefined): Element {
  // `absent` is kept as a missing sample and told apart by whoever puts an object together
  return { truths, ...(sample !== undefined && typeof sample !== 'symbol' && { sample }) }
}

function withMembers(node: PlaceNode, start: Element): readonly Element[] | undefined {
  let objects: readonly Element[] = [start]
  for (const [key, member] of node.keys) {
    const kinds = valueMembers(member)
    if (kinds === undefined || objects.length * kinds.length > limits.analysisClassesMax) return undefined
    objects = objects.flatMap(object =>
      kinds.map(({ truths, sample, isAbsent }) => {
        const known = object.sample !== undefined && (isAbsent || sample !== undefined)
        const value = isAbsent ? object.sample : withMember(object.sample, key, sample)
        return {
          truths: new Map([...object.truths, ...truths]),
          ...(known && value !== undefined && { sample: value }),
        }
      }),
    )
  }
  return objects
}

function valueMembers(member: PlaceNode): readonly (Element & { readonly isAbsent: boolean })[] | undefined {
  const present = elementsOf(member, true)
  const gone = new Map(atomsAt(member).map(atom => [atom.id, onlyTruth(truthAt(atom, member.depth, absent))]))
  return present && [{ truths: gone, isAbsent: true }, ...present.map(each => ({ ...each, isAbsent: false }))]
}

function withMember(object: Json | undefined, key: string, value: Json | undefined): Json | undefined {
  if (value === undefined) return undefined
  return Object.fromEntries([...Object.entries(object ?? {}), [key, value]]) as Json
}

function buildLists(
  folds: readonly Fold[],
  elements: readonly (readonly Element[])[],
  work: { steps: number },
): readonly Partial[] | undefined {
  const seen = new Map<string, Partial>()
  const last = elements.length - 1
  const queue: Partial[] = [{ length: 0, truths: folds.map(({ start }) => start), sample: [] }]
  let steps = 0
  for (const list of queue) {
    const place = Math.min(list.length, last)
    for (const element of distinct(elements[place] ?? [], folds)) {
      steps += 1
      work.steps += 1
      if (steps > limits.analysisListStepsMax) return undefined
      const truths = folds.map(({ element: id, join, at }, index) => {
        const before = list.truths[index] ?? anyTruth
        const now = element.truths.get(id) ?? anyTruth
        return join === undefined ? (at === list.length ? now : before) : join([before, now])
      })
      const sample = list.sample && element.sample !== undefined ? [...list.sample, element.sample] : undefined
      const next = { length: list.length + 1, truths, ...(sample && { sample }) }
      const key = `${Math.min(next.length, last)} ${truths.join()}`
      const known = seen.get(key)
      if (known !== undefined && (known.sample !== undefined || sample === undefined)) continue
      seen.set(key, next)
      queue.push(next)
    }
  }
  return [...seen.values()]
}

/** Elements that the comparisons tell apart, one with a sample before others. */
function distinct(elements: readonly Element[], folds: readonly Fold[]): Iterable<Element> {
  const found = new Map<string, Element>()
  for (const element of elements) {
    const key = folds.map(({ element: id }) => element.truths.get(id) ?? anyTruth).join()
    const known = found.get(key)
    if (known === undefined || (known.sample === undefined && element.sample !== undefined)) found.set(key, element)
  }
  return found.values()
}
