/**
 * Which attacks of the database concern a tool, by category and flags, without reading a file. A test holds this table
 * equal to `affects` in data/attacks. Attacks that concern servers as a whole are added where a finding points at them.
 */
import type { AttackId } from '../attacks/ids.ts'
import type { RiskFlag } from './evidence.ts'
import type { Category } from './lexicon/senses.ts'

interface Row {
  readonly id: AttackId
  /** Empty: any category. */
  readonly categories: readonly Category[]
  /** One of them; empty: whatever the flags. */
  readonly flags: readonly RiskFlag[]
}

const row = (id: AttackId, categories: readonly Category[], flags: readonly RiskFlag[] = []): Row => ({
  id,
  categories,
  flags,
})

const table: readonly Row[] = [
  row('argument-injection', [], ['freeform_code', 'file_path']),
  row('command-injection', ['Execute']),
  row('look-alike-values', ['Execute', 'Destructive']),
  row('type-confusion', ['Financial']),
  row('credential-harvest', ['Read', 'Execute'], ['file_path']),
  row('malicious-package', [], ['external_send']),
  row('hidden-unicode', [], ['external_send']),
  row('indirect-prompt-injection', ['Read'], ['open_world']),
  row('tool-result-injection', ['Read', 'Execute'], ['freeform_code', 'open_world']),
  row('tool-shadowing', [], ['external_send']),
  row('agent-drift', ['Write', 'Execute']),
  row('approval-evasion', ['Execute', 'Destructive', 'Financial']),
  row('bulk-change', [], ['bulk']),
  row('destructive-autonomy', ['Destructive']),
  row('message-flood', [], ['external_send']),
  row('pipe-to-shell', ['Execute'], ['freeform_code']),
  row('unbounded-sql', ['Execute', 'Destructive'], ['freeform_code']),
  row('wrong-environment', ['Destructive', 'Execute']),
  row('bulk-export', ['Read']),
  row('image-exfiltration', [], ['external_send']),
  row('mail-rule-persistence', ['Write'], ['external_send']),
  row('message-exfiltration', [], ['external_send']),
  row('path-traversal', [], ['file_path']),
  row('read-only-escape', ['Read', 'Execute'], ['freeform_code']),
  row('secret-in-result', [], ['secret_output']),
  row('server-side-request-forgery', [], ['url_input']),
  row('url-exfiltration', [], ['url_input', 'open_world']),
  row('over-privileged-grant', ['Destructive', 'Financial']),
  row('token-passthrough', [], ['secret_input']),
  row('context-flooding', ['Read'], ['open_world', 'file_path', 'freeform_code']),
  row('duplicate-payment', ['Financial']),
  row('paid-resource-sprawl', ['Financial']),
  row('runaway-loop', ['Execute']),
  row('wallet-drain', ['Financial']),
]

/** The attacks that concern a tool of this category with these flags. */
export function attackIdsFor(category: Category, flags: readonly RiskFlag[]): readonly AttackId[] {
  return table
    .filter(
      each =>
        (each.categories.length === 0 || each.categories.includes(category)) &&
        (each.flags.length === 0 || each.flags.some(flag => flags.includes(flag))),
    )
    .map(each => each.id)
}
