/**
 * Patterns of input schemas, matched in linear time with RE2. A pattern that is no regular expression, or that could
 * cost a backtracking engine exponential time, is refused: clients compile the same schema. A pattern that
 * RE2 cannot express (lookaround, back-reference) is accepted but not enforced here; the server still is free to.
 */
import { RE2JS } from 're2js'
import { accepted, type Result, refused } from '../errors.ts'
import { limits } from '../limits.ts'
import { ambiguityOf } from './pattern-ambiguity.ts'
import { readPattern } from './pattern-syntax.ts'

export interface Pattern {
  /** False: RE2 cannot express it, and `matches` says yes to everything. */
  readonly isEnforced: boolean
  matches(text: string): boolean
}

/** Judges and compiles one pattern. Refuses with ERR_SCHEMA_REFUSED. */
export function readSchemaPattern(source: string): Result<Pattern> {
  const refuseIt = (why: string) => refused('ERR_SCHEMA_REFUSED', { reason: `pattern \`${shorten(source)}\` ${why}` })
  if (source.length > limits.patternCharsMax) return refuseIt(`is longer than ${limits.patternCharsMax} characters`)
  if (!isRegExp(source)) return refuseIt('is not a regular expression')
  const tree = readPattern(source)
  const ambiguity = tree === undefined ? 'unknown' : ambiguityOf(tree)
  if (ambiguity === 'exponential') return refuseIt('takes exponential time in a backtracking engine')
  if (ambiguity === 'unknown') return refuseIt('is too large to be judged')
  const compiled = compileRe2(source)
  return accepted(
    compiled === undefined
      ? { isEnforced: false, matches: () => true }
      : { isEnforced: true, matches: text => compiled.test(text) },
  )
}

/** Compiling is linear in the runtime; only matching is not, and nothing here matches with it. */
function isRegExp(source: string): boolean {
  for (const flags of ['u', ''])
    try {
      new RegExp(source, flags)
      return true
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
    }
  return false
}

function compileRe2(source: string): RE2JS | undefined {
  try {
    return RE2JS.compile(RE2JS.translateRegExp(source))
  } catch (error) {
    if (error instanceof Error && error.name.startsWith('RE2JS')) return undefined
    throw error
  }
}

function shorten(source: string): string {
  return source.length > 60 ? `${source.slice(0, 60)}…` : source
}
