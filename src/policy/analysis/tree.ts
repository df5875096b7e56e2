/**
 * Where the comparisons look: one tree for each root of a call, its nodes the places paths lead to, and what can be at
 * each of them. Arguments and annotations are any JSON; the rest has a known shape.
 */
import type { Json } from '../../wire/json-types.ts'
import { Desk } from '../desk.ts'
import { judgeEach } from '../evaluate.ts'
import type { Truth } from '../operators.ts'
import type { CallRoot, Step } from '../path.ts'
import type { Found } from '../reach.ts'
import { follow } from '../reach.ts'
import type { Atom } from './atoms.ts'

/** What can be at a place. `members`: an object; `choice`: one of a few texts. */
export type Shape =
  | { readonly kind: 'json' | 'members' | 'text' | 'optional text' | 'texts' | 'optional texts' }
  | { readonly kind: 'choice'; readonly values: readonly string[] }

export interface PlaceNode {
  readonly shape: Shape
  readonly depth: number
  readonly own: Atom[]
  readonly keys: Map<string, PlaceNode>
  readonly items: Map<number, PlaceNode>
  each?: PlaceNode
  /** Values worth trying, beside those the comparisons name. */
  readonly hints: Json[]
}

const json: Shape = { kind: 'json' }
const text: Shape = { kind: 'text' }
const optionalText: Shape = { kind: 'optional text' }
const texts: Shape = { kind: 'texts' }
const members: Shape = { kind: 'members' }
/** The kinds of principals there are. */
const callerKinds: Shape = { kind: 'choice', values: ['agent', 'person', 'service'] }

/** The shape of a member that `key` names; `above` is the path of keys that leads to it. */
function memberShape(root: CallRoot, above: readonly string[], key: string, parent: Shape): Shape {
  const place = [root, ...above, key].join('.')
  switch (place) {
    case 'tool.annotations':
    case 'grant.labels':
      return members
    case 'caller.kind':
      return callerKinds
    case 'caller.roles':
    case 'caller.groups':
      return texts
    case 'tool.category':
    case 'tool.severity':
      return optionalText
    case 'caller.id':
    case 'grant.name':
    case 'server.name':
    case 'tool.name':
      return text
  }
  if (root === 'grant' && above[0] === 'labels' && above.length === 1) return optionalText
  return parent.kind === 'json' || parent.kind === 'members' ? json : optionalText
}

export function rootNode(): PlaceNode {
  return nodeOf(members, 0)
}

function nodeOf(shape: Shape, depth: number): PlaceNode {
  return { shape, depth, own: [], keys: new Map(), items: new Map(), hints: [] }
}

/** The node `steps` lead to, made where it is not there yet. */
export function growTo(root: PlaceNode, name: CallRoot, steps: readonly Step[]): PlaceNode {
  let node = root
  const keys: string[] = []
  for (const step of steps) {
    const depth = node.depth + 1
    let next: PlaceNode
    if ('key' in step) {
      next = node.keys.get(step.key) ?? nodeOf(memberShape(name, keys, step.key, node.shape), depth)
      node.keys.set(step.key, next)
      keys.push(step.key)
    } else {
      const shape = node.shape.kind === 'texts' ? text : json
      if ('each' in step) {
        node.each ??= nodeOf(shape, depth)
        next = node.each
      } else {
        next = node.items.get(step.index) ?? nodeOf(shape, depth)
        node.items.set(step.index, next)
      }
    }
    node = next
  }
  return node
}

/** What is asked of one element: by `[*]` and, beside it, by its number. */
export function merged(a: PlaceNode | undefined, b: PlaceNode | undefined): PlaceNode | undefined {
  if (a === undefined || b === undefined) return a ?? b
  const keys = new Map(a.keys)
  for (const [key, node] of b.keys) keys.set(key, merged(keys.get(key), node) as PlaceNode)
  const items = new Map(a.items)
  for (const [index, node] of b.items) items.set(index, merged(items.get(index), node) as PlaceNode)
  const each = merged(a.each, b.each)
  const both = {
    shape: a.shape,
    depth: a.depth,
    own: [...a.own, ...b.own],
    keys,
    items,
    hints: [...a.hints, ...b.hints],
  }
  return { ...both, ...(each && { each }) }
}

/** Every comparison at a node and below it. */
export function atomsAt(node: PlaceNode): readonly Atom[] {
  return [...node.own, ...[...node.keys.values()].flatMap(atomsAt), ...listAtomsAt(node)]
}

/** The comparisons of elements of a list at a node. */
export function listAtomsAt(node: PlaceNode): readonly Atom[] {
  return [...node.items.values(), ...(node.each ? [node.each] : [])].flatMap(atomsAt)
}

const desk = new Desk()

/** How a comparison comes out when `found` is at the place `depth` steps down its path. */
export function truthAt(atom: Atom, depth: number, found: Found): Truth {
  const steps = atom.path.steps.slice(depth)
  const each = steps.findIndex(step => 'each' in step)
  if (each === -1) return atom.judge(follow(found, steps))
  desk.clear()
  return judgeEach(follow(found, steps.slice(0, each)), steps.slice(each + 1), at => atom.judge(at), atom.sense, desk)
}
