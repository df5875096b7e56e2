/** Evidence: a quotation from the definition, where it stands, and what it speaks for. Quotations are exact. */
import { limits } from '../../limits.ts'
import type { Category } from './lexicon/senses.ts'

/** The nine flags of the guidelines, in their order. */
export const flagNames = [
  'external_send',
  'secret_input',
  'secret_output',
  'freeform_code',
  'file_path',
  'url_input',
  'bulk',
  'open_world',
  'multiplex',
] as const
/** One of the nine. */
export type RiskFlag = (typeof flagNames)[number]

/** One quotation. `start` and `end` are UTF-16 offsets in the text (or the member's name) that `pointer` names. */
export interface Evidence {
  readonly where: 'name' | 'description' | 'schema' | 'annotation' | 'sibling'
  /** JSON Pointer into the definition; for a sibling, the sibling's name. */
  readonly pointer: string
  readonly quote: string
  readonly start: number
  readonly end: number
  /** What it speaks for. */
  readonly says: Category | RiskFlag
  /** Letter of the guideline rule that was applied. */
  readonly rule?: string
  /** In words, where the quotation alone does not explain itself. */
  readonly note?: string
}

/** A quotation of `text` from `start` to `end`, cut to a readable length. */
export function quoteOf(text: string, start: number, end: number): { quote: string; start: number; end: number } {
  const stop = Math.min(end, start + limits.classifyQuoteCharsMax)
  return { quote: text.slice(start, stop), start, end: stop }
}
