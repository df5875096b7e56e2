/**
 * All calls of one tool, as far as some comparisons can tell them apart: for each place of a call the kinds of values
 * it can hold, for each question that is asked as a whole its answers. A call is one choice for each.
 */
import type { Json, JsonObject } from '../../wire/json-types.ts'
import type { CallRoot } from '../path.ts'
import { absent, broken, type Found, follow } from '../reach.ts'
import { type Atom, type Atoms, isOpaque, type Opaque } from './atoms.ts'
import { questionOf } from './text-questions.ts'
import { timeKinds } from './times.ts'
import type { ToolSchema } from './tool-schema.ts'
import { growTo, listAtomsAt, type PlaceNode, rootNode, truthAt } from './tree.ts'
import { onlyError, onlyNo, onlyTruth, onlyYes, type Truths } from './truths.ts'
import { type JsonKind, type ValueKind, ValueKinds, valueKinds } from './values.ts'

/** One thing a call can have in several ways. */
export interface Variable {
  readonly id: number
  /** `args.amount`, `time`, `when: …`. */
  readonly name: string
  readonly choices: readonly Choice[]
  /** The object this is a member of, its name there, and which choices go together. */
  readonly parent?: { readonly id: number; readonly key: string; readonly fits: Fits }
  readonly place?: { readonly root: CallRoot; readonly keys: readonly string[]; readonly node: PlaceNode }
  readonly opaque?: Opaque
}

/** By choice of the parent: which choices of the member fit it. */
type Fits = readonly (readonly boolean[])[]

export interface Choice extends Omit<ValueKind, 'samples'> {
  readonly samples: readonly unknown[]
  /** A member that is there, one that is not, or none that could be there. */
  readonly as: 'member' | 'absent' | 'broken'
}

export interface Space {
  readonly variables: readonly Variable[]
  /** Which variable decides a comparison, by its number. */
  readonly owner: ReadonlyMap<number, number>
}

/** What is worth trying at places that no comparison names: by root, then keys. */
export interface Hint {
  readonly root: CallRoot
  readonly keys: readonly string[]
  readonly values: readonly Json[]
}

/** What is known of the tool: its name always, its facts where a list of tools gives them. */
export interface KnownTool {
  readonly name: string
  readonly facts?: JsonObject
  /** The name stands for others like it: what can only be tried may come out differently for those. */
  readonly isExample?: boolean
  /** The server's own schema of its arguments. */
  readonly schema?: ToolSchema
  /** The name is not known either. */
  readonly isAny?: boolean
}

/** The space of the comparisons `ids` of `atoms`. */
export function spaceOf(atoms: Atoms, ids: Iterable<number>, tool: KnownTool, hints: readonly Hint[]): Space {
  const asked = [...new Set(ids)].sort((a, b) => a - b).map(id => atoms.list[id] as Atom | Opaque)
  const plain = asked.filter(each => !isOpaque(each)) as Atom[]
  const timed = plain.filter(({ path }) => path.root === 'time')
  const variables: Variable[] = []
  const owner = new Map<number, number>()
  for (const [root, node] of treesOf(atoms, plain, hints)) addPlaces(variables, owner, root, node, tool)
  if (timed.length > 0) {
    const choices = timeKinds(timed).map(({ truths, samples }) => ({ ...plainChoice(truths), samples }))
    for (const { id } of timed) owner.set(id, variables.length)
    variables.push({ id: variables.length, name: 'time', choices })
  }
  for (const opaque of asked.filter(isOpaque)) {
    owner.set(opaque.id, variables.length)
    const choices = [onlyYes, onlyNo, onlyError].map(truth => plainChoice(new Map([[opaque.id, truth]])))
    variables.push({ id: variables.length, name: opaque.words, choices, opaque })
  }
  return { variables, owner }
}

function plainChoice(truths: ReadonlyMap<number, Truths>): Choice {
  return { truths, below: 'open', kinds: new Set<JsonKind>(), spans: [], samples: [], as: 'member' }
}

function treesOf(atoms: Atoms, asked: readonly Atom[], hints: readonly Hint[]): ReadonlyMap<CallRoot, PlaceNode> {
  const trees = new Map<CallRoot, PlaceNode>()
  const treeOf = (root: CallRoot) => {
    const tree = trees.get(root) ?? rootNode()
    trees.set(root, tree)
    return tree
  }
  for (const { root, keys, values } of hints) {
    if (root !== 'args') continue
    const node = growTo(
      treeOf(root),
      root,
      keys.map(key => ({ key })),
    )
    node.hints.push(...values)
  }
  for (const atom of asked) {
    const root = atom.path.root as CallRoot
    if (root === 'time') continue
    growTo(treeOf(root), root, atom.path.steps).own.push(atom)
    if (atom.op !== 'contains') continue
    const element = atoms.element(atom)
    growTo(treeOf(root), root, element.path.steps).own.push(element)
  }
  return trees
}

function addPlaces(
  variables: Variable[],
  owner: Map<number, number>,
  root: CallRoot,
  tree: PlaceNode,
  tool: KnownTool,
): void {
  const add = (node: PlaceNode, keys: readonly string[], parent: number | undefined): void => {
    const id = variables.length
    const name = [root, ...keys].join('.')
    const known = root === 'tool' ? knownAt(tool, keys) : undefined
    const isExample = tool.isExample === true && name === 'tool.name'
    const kinds = known === undefined ? valueKinds(node) : knownKinds(node, known, isExample)
    const choices: Choice[] = kinds.map(kind => ({ ...kind, as: kind.kinds.has('nothing') ? 'absent' : 'member' }))
    if (parent !== undefined) choices.push(brokenChoice(node))
    const key = keys.at(-1)
    const above = parent === undefined ? [] : (variables[parent]?.choices ?? [])
    const fits = key === undefined ? [] : fitting(node, key, above, choices)
    const link = parent !== undefined && key !== undefined ? { parent: { id: parent, key, fits } } : {}
    variables.push({ id, name, choices, ...link, place: { root, keys, node } })
    for (const atom of choices[0]?.truths.keys() ?? []) owner.set(atom, id)
    for (const [member, child] of node.keys) add(child, [...keys, member], id)
  }
  add(tree, [], undefined)
}

/** What there is at a place of the tool, where it is not a matter of choice. */
function knownAt({ name, facts, isAny }: KnownTool, keys: readonly string[]): Found | undefined {
  if (isAny) return undefined
  if (keys.length === 0 || (facts === undefined && keys[0] !== 'name')) return undefined
  return follow(
    { ...facts, name },
    keys.map(key => ({ key })),
  )
}

function knownKinds(node: PlaceNode, found: Found, isExample: boolean): readonly ValueKind[] {
  const kinds = new ValueKinds(node)
  kinds.value(found, found === absent || found === broken ? 'nothing' : 'text')
  if (!isExample || !node.own.some(atom => questionOf(atom).kind === 'tried')) return kinds.list
  const truths = node.own.map(atom => {
    const question = questionOf(atom)
    return [atom.id, question.kind === 'tried' ? question.truths : onlyTruth(atom.judge(found))] as const
  })
  kinds.possible(new Map(truths), { found: broken }, 'text')
  return kinds.list
}

/** What is asked of a member of something that has no members. */
function brokenChoice(node: PlaceNode): Choice {
  return { ...plainChoice(truthsOn(node, broken)), below: { found: broken }, as: 'broken' }
}

/** What the comparisons at a node and of lists there say of one value. */
function truthsOn(node: PlaceNode, found: Found): ReadonlyMap<number, Truths> {
  const atoms = [...node.own, ...listAtomsAt(node).filter(({ op }) => op !== 'element')]
  return new Map(atoms.map(atom => [atom.id, onlyTruth(truthAt(atom, node.depth, found))]))
}

/** Which choices of a member go with each choice of what it is a member of. */
function fitting(node: PlaceNode, key: string, parents: readonly Choice[], choices: readonly Choice[]): Fits {
  return parents.map(({ below }) => {
    if (below === 'open') return choices.map(({ as }) => as !== 'broken')
    const found = follow(below.found, [{ key }])
    if (found === absent) return choices.map(({ as }) => as === 'absent')
    if (found === broken) return choices.map(({ as }) => as === 'broken')
    const truths = [...truthsOn(node, found).values()].join()
    return choices.map(choice => choice.as !== 'broken' && [...choice.truths.values()].join() === truths)
  })
}
