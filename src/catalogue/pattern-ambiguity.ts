/**
 * Whether a backtracking engine could take exponential time on a pattern. True exactly when the position automaton of
 * the pattern has a loop that reads one text in two ways (exponential degree of ambiguity; Weber and Seidl 1991).
 * The gateway matches with RE2 and is not at risk; clients that compile the same schema are.
 * A repetition that may be counted beyond eight is taken for an endless one: `(a|a){1,40}` is as bad as `(a|a)+`.
 */
import { limits } from '../limits.ts'
import { type Characters, overlaps, type PatternNode, type PatternTree } from './pattern-syntax.ts'

/** `unknown`: the automaton is larger than what is searched (limits.ts). */
export type Ambiguity = 'bounded' | 'exponential' | 'unknown'

const endless = 8

interface Piece {
  readonly isNullable: boolean
  readonly first: readonly number[]
  readonly last: readonly number[]
}

/** Judges the whole pattern and the body of each lookaround. */
export function ambiguityOf(tree: PatternTree): Ambiguity {
  let worst: Ambiguity = 'bounded'
  for (const root of tree.roots) {
    const automaton = new Automaton()
    if (automaton.build(root) === undefined) worst = 'unknown'
    else {
      const found = automaton.judge()
      if (found === 'exponential') return found
      if (found === 'unknown') worst = found
    }
  }
  return worst
}

class Automaton {
  readonly #characters: Characters[] = []
  /** Position to position, with the number of ways this step can come about. */
  readonly #steps: Map<number, number>[] = []

  build(node: PatternNode): Piece | undefined {
    if (node.kind === 'characters') return this.#position(node.characters)
    if (node.kind === 'either') return this.#either(node.parts)
    if (node.kind === 'sequence') return this.#sequence(node.parts)
    return this.#repeat(node.part, node.min, node.max)
  }

  judge(): Ambiguity {
    const component = components(this.#steps.length, from => [...(this.#steps[from]?.keys() ?? [])])
    const size = new Map<number, number>()
    for (const id of component) size.set(id, (size.get(id) ?? 0) + 1)
    let pairs = 0
    for (const [from, steps] of this.#steps.entries())
      for (const [to, ways] of steps) if (ways > 1 && component[from] === component[to]) return 'exponential'
    for (const count of size.values()) pairs += count * count
    if (pairs > limits.patternPairsMax) return 'unknown'
    return this.#readsTwice(component) ? 'exponential' : 'bounded'
  }

  /** Some pair of equal positions and some pair of different ones lie on one loop of the product automaton. */
  #readsTwice(component: readonly number[]): boolean {
    const count = this.#steps.length
    const inner = this.#steps.map((steps, from) => [...steps.keys()].filter(to => component[to] === component[from]))
    const product = components(
      count * count,
      pair => {
        const left = Math.floor(pair / count)
        const right = pair % count
        if (component[left] !== component[right]) return []
        const next: number[] = []
        for (const to of inner[left] ?? [])
          for (const other of inner[right] ?? [])
            if (overlaps(this.#characters[to] ?? [], this.#characters[other] ?? [])) next.push(to * count + other)
        return next
      },
      Array.from({ length: count }, (_, index) => index * count + index),
    )
    const onDiagonal = new Set<number>()
    for (let index = 0; index < count; index += 1) onDiagonal.add(product[index * count + index] as number)
    for (let pair = 0; pair < count * count; pair += 1)
      if (Math.floor(pair / count) !== pair % count && product[pair] !== -1 && onDiagonal.has(product[pair] as number))
        return true
    return false
  }

  #position(characters: Characters): Piece | undefined {
    if (this.#steps.length >= limits.patternStatesMax) return undefined
    const index = this.#steps.push(new Map()) - 1
    this.#characters.push(characters)
    return { isNullable: false, first: [index], last: [index] }
  }

  #either(parts: readonly PatternNode[]): Piece | undefined {
    const pieces = this.#all(parts)
    return (
      pieces && {
        isNullable: pieces.some(piece => piece.isNullable),
        first: pieces.flatMap(piece => piece.first),
        last: pieces.flatMap(piece => piece.last),
      }
    )
  }

  #sequence(parts: readonly PatternNode[]): Piece | undefined {
    const pieces = this.#all(parts)
    return pieces?.reduce((left, right) => this.#then(left, right), { isNullable: true, first: [], last: [] })
  }

  #repeat(part: PatternNode, min: number, max: number): Piece | undefined {
    // An exact count reads one length only: eight copies are as ambiguous as eighty, and no more.
    if (min === max && max > endless) return this.#repeat(part, endless, endless)
    const isEndless = max > endless
    const copies = isEndless ? 1 : max
    const pieces = this.#all(Array.from({ length: copies }, () => part))
    const piece = pieces?.reduceRight<Piece>(
      (rest, own, index) => this.#then(index < min ? own : { ...own, isNullable: true }, rest),
      { isNullable: true, first: [], last: [] },
    )
    if (piece === undefined || !isEndless) return piece
    this.#join(piece.last, piece.first)
    return { ...piece, isNullable: min === 0 || piece.isNullable }
  }

  #then(left: Piece, right: Piece): Piece {
    this.#join(left.last, right.first)
    return {
      isNullable: left.isNullable && right.isNullable,
      first: left.isNullable ? [...left.first, ...right.first] : left.first,
      last: right.isNullable ? [...left.last, ...right.last] : right.last,
    }
  }

  #join(from: readonly number[], to: readonly number[]): void {
    for (const left of from)
      for (const right of to) {
        const steps = this.#steps[left]
        steps?.set(right, (steps.get(right) ?? 0) + 1)
      }
  }

  #all(parts: readonly PatternNode[]): Piece[] | undefined {
    const pieces: Piece[] = []
    for (const part of parts) {
      const piece = this.build(part)
      if (piece === undefined) return undefined
      pieces.push(piece)
    }
    return pieces
  }
}

/** Strongly connected components (Tarjan 1972, without recursion); −1 for what was not reached from `starts`. */
function components(count: number, next: (node: number) => readonly number[], starts?: readonly number[]): number[] {
  const component = new Array<number>(count).fill(-1)
  const order = new Array<number>(count).fill(-1)
  const low = new Array<number>(count).fill(0)
  const open: number[] = []
  let counter = 0
  const enter = (node: number) => {
    order[node] = counter
    low[node] = counter
    counter += 1
    open.push(node)
    return { node, next: next(node), at: 0 }
  }
  for (const start of starts ?? Array.from({ length: count }, (_, index) => index)) {
    if (order[start] !== -1) continue
    const path = [enter(start)]
    for (let frame = path.at(-1); frame !== undefined; frame = path.at(-1)) {
      const to = frame.next[frame.at]
      frame.at += 1
      if (to !== undefined) {
        if (order[to] === -1) path.push(enter(to))
        else if (component[to] === -1) low[frame.node] = Math.min(low[frame.node] as number, order[to] as number)
        continue
      }
      path.pop()
      const parent = path.at(-1)
      if (parent !== undefined) low[parent.node] = Math.min(low[parent.node] as number, low[frame.node] as number)
      if (low[frame.node] !== order[frame.node]) continue
      for (let member = open.pop(); member !== undefined; member = open.pop()) {
        component[member] = order[frame.node] as number
        if (member === frame.node) break
      }
    }
  }
  return component
}
