/**
 * Globs, for values and for tool names: `*` any characters but `/`, `**` any characters, `?` one character but `/`.
 * Nothing else is special. Runs in time linear in the text.
 */
import { RE2JS } from 're2js'
import { limits } from '../limits.ts'

type Token = { readonly text: string } | { readonly wild: 'star' | 'deep' | 'one' | 'deepSlash' }

export interface Glob {
  readonly pattern: string
  matches(text: string): boolean
}

/** True if `pattern` has anything to expand. */
export function isGlob(pattern: string): boolean {
  return /[*?]/.test(pattern)
}

/** Why `pattern` is not a glob, or `undefined`. */
export function globProblem(pattern: string): string | undefined {
  if (pattern.length > limits.policyGlobLengthMax)
    return `the glob has more than ${limits.policyGlobLengthMax} characters`
  if (pattern.includes('\\')) return 'a glob has `/` as its only separator; a backslash has no meaning in it'
  return undefined
}

/** Compiles a glob that `globProblem` has nothing against. A `**` followed by `/` also matches no folder at all. */
export function compileGlob(pattern: string): Glob {
  const tokens = tokensOf(pattern)
  const [first, second] = tokens
  if (tokens.length === 1 && first !== undefined && 'text' in first) {
    return { pattern, matches: text => text === first.text }
  }
  if (tokens.length === 2 && first !== undefined && 'text' in first && second !== undefined && 'wild' in second) {
    const prefix = first.text
    if (second.wild === 'deep') return { pattern, matches: text => text.startsWith(prefix) }
    if (second.wild === 'star') {
      return { pattern, matches: text => text.startsWith(prefix) && !text.includes('/', prefix.length) }
    }
  }
  const expression = expressionOf(tokens)
  return { pattern, matches: text => expression.matches(text) }
}

/** Of two globs that match one name, the more specific: more literal characters, then fewer wildcards, then by text. */
export function compareSpecificity(a: string, b: string): number {
  const literal = (pattern: string): number => pattern.replace(/[*?]/g, '').length
  const wild = (pattern: string): number => pattern.replace(/[^*]/g, '').length
  return literal(b) - literal(a) || wild(a) - wild(b) || (a < b ? -1 : a > b ? 1 : 0)
}

function tokensOf(pattern: string): readonly Token[] {
  const tokens: Token[] = []
  for (const part of pattern.match(/\*\*\/|\*\*|\*|\?|[^*?]+/g) ?? []) {
    const before = tokens.at(-1)
    const atSegment =
      before === undefined ||
      ('text' in before && before.text.endsWith('/')) ||
      ('wild' in before && before.wild === 'deepSlash')
    if (part === '**/')
      tokens.push(...(atSegment ? [{ wild: 'deepSlash' } as const] : [{ wild: 'deep' } as const, { text: '/' }]))
    else if (part === '**') tokens.push({ wild: 'deep' })
    else if (part === '*') tokens.push({ wild: 'star' })
    else if (part === '?') tokens.push({ wild: 'one' })
    else tokens.push({ text: part })
  }
  return tokens
}

const expressions = { star: '[^/]*', deep: '.*', deepSlash: '(?:.*/)?', one: '[^/]' } as const

/** RE2 does the matching of every other form: linear, and the same Unicode reading as `regex`. */
function expressionOf(tokens: readonly Token[]): RE2JS {
  const source = tokens.map(token => ('text' in token ? RE2JS.quote(token.text) : expressions[token.wild])).join('')
  return RE2JS.compile(source, RE2JS.DOTALL)
}

/** A value that names another place than it seems to: `.` or `..` segments, or a backslash. */
export function isEvasive(text: string): boolean {
  if (text.includes('\\')) return true
  return text.includes('.') && /(?:^|\/)\.\.?(?:\/|$)/.test(text)
}

/** The place an evasive value would lead to: `\` read as `/`, `.` and `..` resolved. For deny rules only. */
export function resolveSegments(text: string): string {
  const kept: string[] = []
  const slashed = text.replaceAll('\\', '/')
  for (const segment of slashed.split('/')) {
    if (segment === '..') {
      if (kept.length > 0 && kept.at(-1) !== '..' && kept.at(-1) !== '') kept.pop()
      else if (!slashed.startsWith('/')) kept.push(segment)
    } else if (segment !== '.') kept.push(segment)
  }
  return kept.join('/')
}
