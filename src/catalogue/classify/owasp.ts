/**
 * OWASP ids that a tool's category and flags call for: the Top 10 for LLM Applications 2025 and the Top 10 for Agentic
 * Applications 2026. Only classes that follow from what a tool can do; the others depend on who runs it.
 */
import type { RiskFlag } from './evidence.ts'
import type { Category } from './lexicon/senses.ts'

/** Ids of the two lists. */
export interface Owasp {
  readonly llm: readonly string[]
  readonly agentic: readonly string[]
}

type Asked = (category: Category, has: (flag: RiskFlag) => boolean) => boolean

const llm: readonly (readonly [string, Asked])[] = [
  // prompt injection: foreign text comes back to the model
  ['LLM01:2025', (_, has) => has('open_world') || has('url_input')],
  // sensitive information disclosure: credentials go in or out, files are read, words leave
  [
    'LLM02:2025',
    (category, has) =>
      has('secret_input') || has('secret_output') || has('external_send') || (category === 'Read' && has('file_path')),
  ],
  // improper output handling: what the model writes is run
  ['LLM05:2025', (_, has) => has('freeform_code')],
  // excessive agency: effects that cannot be taken back, or on many targets at once
  [
    'LLM06:2025',
    (category, has) => category !== 'Read' && (category !== 'Write' || has('bulk') || has('external_send')),
  ],
  // unbounded consumption: each call may cost
  ['LLM10:2025', category => category === 'Execute' || category === 'Financial'],
]

const agentic: readonly (readonly [string, Asked])[] = [
  // agent goal hijack
  ['ASI01', (_, has) => has('open_world') || has('url_input')],
  // tool misuse and exploitation
  ['ASI02', (category, has) => category !== 'Read' || has('freeform_code') || has('url_input')],
  // identity and privilege abuse
  ['ASI03', (_, has) => has('secret_input') || has('secret_output')],
  // unexpected code execution
  ['ASI05', (category, has) => has('freeform_code') || category === 'Execute'],
  // cascading failures
  ['ASI08', (category, has) => has('bulk') || category === 'Financial'],
  // human-agent trust exploitation: people act on what is sent in somebody's name
  ['ASI09', (_, has) => has('external_send')],
]

/** The ids that apply, in order. */
export function owaspOf(category: Category, flags: readonly RiskFlag[]): Owasp {
  const has = (flag: RiskFlag) => flags.includes(flag)
  const asked = (rows: readonly (readonly [string, Asked])[]) =>
    rows.filter(([, applies]) => applies(category, has)).map(([id]) => id)
  return { llm: asked(llm), agentic: asked(agentic) }
}
