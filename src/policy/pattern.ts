/**
 * Regular expressions of a policy: RE2 (linear time), unanchored, one line unless the pattern says otherwise.
 * Never the language's own RegExp: one pattern there can hold the process for seconds (security, measured: 24 s).
 */
import { RE2JS, RE2JSException } from 're2js'
import { limits } from '../limits.ts'
import { requiredLiterals } from './literal.ts'

export interface Pattern {
  /** False if no text with this searchable form (`literal.ts`) matches, folded or not: most texts, at little cost. */
  mayMatch(searched: string): boolean
  /** True if any part of `text` matches, exactly as written. */
  test(text: string): boolean
  /** The same without regard to case: for deny rules, on folded text. */
  testFolded(text: string): boolean
}

export type PatternReading =
  | { readonly ok: true; readonly pattern: Pattern }
  | { readonly ok: false; readonly message: string; readonly remedy: string }

/** Compiles `source`; a refusal says what RE2 does not know (backreferences, lookaround) or which bound it broke. */
export function readPattern(source: string): PatternReading {
  if (source.length > limits.policyRegexLengthMax) {
    return {
      ok: false,
      message: `the pattern has more than ${limits.policyRegexLengthMax} characters`,
      remedy: 'split it into several rules',
    }
  }
  try {
    const exact = RE2JS.compile(source)
    if (exact.programSize() > limits.policyRegexProgramMax) {
      return {
        ok: false,
        message: `the pattern compiles to ${exact.programSize()} instructions, more than ${limits.policyRegexProgramMax}`,
        remedy: 'use smaller repeat counts',
      }
    }
    return { ok: true, pattern: patternOf(source, exact) }
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error
    const message = `the pattern does not compile: ${error.message.replace(/^error parsing regexp: /, '')}`
    return { ok: false, message, remedy: 'use RE2 syntax: no backreferences, no lookaround' }
  }
}

function patternOf(source: string, exact: RE2JS): Pattern {
  let folded: RE2JS | undefined
  const literals = requiredLiterals(source)
  const [only] = literals ?? []
  return {
    mayMatch:
      literals === undefined || only === undefined
        ? () => true
        : literals.length === 1
          ? searched => searched.includes(only)
          : searched => literals.some(literal => searched.includes(literal)),
    test: text => exact.test(text),
    testFolded: text => {
      folded ??= RE2JS.compile(source, RE2JS.CASE_INSENSITIVE)
      return folded.test(text)
    },
  }
}
