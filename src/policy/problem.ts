/**
 * What is wrong with a document, where, and what to do. A log with one error means the document is refused whole.
 * Bounded: a hostile document cannot make a long list.
 */
import { limits } from '../limits.ts'

export interface Problem {
  readonly severity: 'error' | 'warning'
  readonly code: string
  /** JSON Pointer into the document as written; empty for the whole document. */
  readonly path: string
  readonly line?: number
  readonly column?: number
  readonly message: string
  readonly remedy: string
}

interface Found {
  readonly problem: Problem
  readonly spot: 'key' | 'value'
}

export type Place = (
  pointer: string,
  spot: 'key' | 'value',
) => { readonly line: number; readonly column: number } | undefined

/** Collects problems; positions are looked up once at the end. */
export class ProblemLog {
  readonly #found: Found[] = []
  #errors = 0

  get hasErrors(): boolean {
    return this.#errors > 0
  }

  error(code: string, path: string, message: string, remedy: string, spot: 'key' | 'value' = 'value'): void {
    this.#errors += 1
    this.#add({ problem: { severity: 'error', code, path, message, remedy }, spot })
  }

  warning(code: string, path: string, message: string, remedy: string, spot: 'key' | 'value' = 'value'): void {
    this.#add({ problem: { severity: 'warning', code, path, message, remedy }, spot })
  }

  /** For problems that know their own place, such as those of the YAML reader. */
  placed(problem: Problem): void {
    if (problem.severity === 'error') this.#errors += 1
    this.#add({ problem, spot: 'value' })
  }

  /** True if something has been said about this place, or what lies below it; with `code`, that. */
  mentions(path: string, code?: string): boolean {
    return this.#found.some(
      ({ problem }) =>
        (code === undefined || problem.code === code) && (problem.path === path || problem.path.startsWith(`${path}/`)),
    )
  }

  /** Everything found, with line and column where `place` knows them. */
  list(place: Place): readonly Problem[] {
    return this.#found.map(({ problem, spot }) =>
      problem.line === undefined ? { ...problem, ...place(problem.path, spot) } : problem,
    )
  }

  #add(found: Found): void {
    if (this.#found.length < limits.policyProblemsMax) this.#found.push(found)
  }
}

/** RFC 6901: appends one member to a JSON Pointer. */
export function pointer(parent: string, member: string | number): string {
  return `${parent}/${String(member).replaceAll('~', '~0').replaceAll('/', '~1')}`
}

/** The members of a JSON Pointer, unescaped. */
export function pointerMembers(path: string): readonly string[] {
  if (path === '') return []
  return path
    .slice(1)
    .split('/')
    .map(part => part.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** The known word nearest to `word`, if it is near enough to be a slip of the pen. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  const given = word.slice(0, 64).toLowerCase()
  let best: string | undefined
  let bestDistance = Math.max(1, Math.floor(given.length / 3)) + 1
  for (const candidate of known) {
    const distance = editDistance(given, candidate.toLowerCase())
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance]
  }
  return best
}

/** Insertions, deletions, replacements and swaps of neighbours between two short texts. */
function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 8) return 99
  let older: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const replace = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      let cost = Math.min((previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, replace)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, (older[j - 2] ?? 0) + 1)
      row.push(cost)
    }
    older = previous
    previous = row
  }
  return previous[b.length] ?? 99
}
