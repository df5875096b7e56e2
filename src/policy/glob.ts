/**
 * Globs, for values and for tool names: `*` any characters but `/`, `**` any characters, `?` one character but `/`.
 * Nothing else is special. Runs in time linear in the text.
 */
import { RE2JS } from 're2js'
import { limits } from '../limits.ts'

/** A part of a glob: `star` is `*`, `deep` `**`, `one` `?`, and `deepSlash` a `**` with its `/` at the start of a segment. */
export type Token = { readonly text: string } | { readonly wild: Wild }
type Wild = 'star' | 'deep' | 'one' | 'deepSlash'

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
  const wilds = tokens.filter(token => 'wild' in token)
  const [only] = wilds
  if (only === undefined) return { pattern, matches: text => text === pattern }
  // a lone surrogate in the pattern could fall into the middle of a character: that is for RE2 to sort out
  if (wilds.length === 1 && pattern.isWellFormed()) {
    const at = tokens.indexOf(only)
    return { pattern, matches: around(textOf(tokens.slice(0, at)), only.wild, textOf(tokens.slice(at + 1))) }
  }
  const mayMatch = holdsParts(tokens)
  const expression = expressionOf(tokens)
  return { pattern, matches: text => mayMatch(text) && expression.matches(text) }
}

function textOf(tokens: readonly Token[]): string {
  return tokens.map(token => ('text' in token ? token.text : '')).join('')
}

/** One wildcard between two texts, each of which may be empty. */
function around(prefix: string, wild: Wild, suffix: string): (text: string) => boolean {
  const length = prefix.length + suffix.length
  return text => {
    if (text.length < length || !text.startsWith(prefix) || !text.endsWith(suffix)) return false
    if (wild === 'deep') return true
    const end = text.length - suffix.length
    if (wild === 'deepSlash') return end === prefix.length || text[end - 1] === '/'
    const slash = text.indexOf('/', prefix.length)
    if (slash !== -1 && slash < end) return false
    return wild === 'star' || [...text.slice(prefix.length, end)].length === 1
  }
}

/** True for a text that has the literal parts of a glob in their order: what does not is no match, and needs no RE2. */
function holdsParts(tokens: readonly Token[]): (text: string) => boolean {
  const texts = tokens.map(token => ('text' in token ? token.text : ''))
  const prefix = texts[0] ?? ''
  const suffix = texts.at(-1) ?? ''
  const between = texts.slice(1, -1).filter(part => part !== '')
  return text => {
    if (!text.startsWith(prefix) || !text.endsWith(suffix)) return false
    let at = prefix.length
    for (const part of between) {
      at = text.indexOf(part, at)
      if (at === -1) return false
      at += part.length
    }
    return at + suffix.length <= text.length
  }
}

/** Of two globs that match one name, the more specific: more literal characters, then fewer wildcards, then by text. */
export function compareSpecificity(a: string, b: string): number {
  const literal = (pattern: string): number => pattern.replace(/[*?]/g, '').length
  const wild = (pattern: string): number => pattern.replace(/[^*]/g, '').length
  return literal(b) - literal(a) || wild(a) - wild(b) || (a < b ? -1 : a > b ? 1 : 0)
}

/** The parts of a glob, in order. */
export function tokensOf(pattern: string): readonly Token[] {
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
