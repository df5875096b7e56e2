/**
 * What is surely or probably a mistake among labels, flows and result rules: a flow that nothing can set off or be held
 * up by, one that another covers, what is taken out twice. Warnings only; the document loads.
 */
import type { Flow, Model, Redaction, ResultRules } from './model.ts'
import { type ProblemLog, pointer } from './problem.ts'

export function checkFlows(log: ProblemLog, model: Model): void {
  const carried = new Set(model.entries.flatMap(entry => entry.labels ?? []))
  for (const [index, flow] of (model.flows ?? []).entries()) {
    checkLabels(log, flow, carried)
    const others = (model.flows ?? []).filter((_, at) => at !== index)
    const cover = others.find(
      other => covers(other, flow) && (!covers(flow, other) || (model.flows ?? []).indexOf(other) < index),
    )
    if (cover !== undefined)
      log.warning('dead-flow', flow.at, `changes nothing: ${cover.at} holds up the same calls`, 'remove one of the two')
  }
  checkResults(log, model)
}

function checkLabels(log: ProblemLog, flow: Flow, carried: ReadonlySet<string>): void {
  if (!carried.has(flow.to))
    log.warning(
      'dead-flow',
      pointer(flow.at, 'to'),
      `holds up no call: no tool of this policy is labelled \`${flow.to}\``,
      `write "labels": ["${flow.to}"] at the tools it is about`,
    )
  if (!carried.has(flow.after))
    log.warning(
      'no-source',
      pointer(flow.at, 'after'),
      `no tool of this policy is labelled \`${flow.after}\`: only calls under other policies of the same grant set it off`,
      `write "labels": ["${flow.after}"] at the tools that bring such content in, here or in the other server's policy`,
    )
}

/** True if whatever `flow` holds up is held up by `other` anyway, and at least as firmly. */
function covers(other: Flow, flow: Flow): boolean {
  if (other.after !== flow.after || other.to !== flow.to || other.withinMs < flow.withinMs) return false
  if (!other.ask) return true
  return flow.ask && other.approvers.join('\n') === flow.approvers.join('\n')
}

function checkResults(log: ProblemLog, model: Model): void {
  const shared = model.allTools.results
  if (shared !== undefined) checkRepeated(log, shared)
  for (const { at, name, action, results } of model.entries) {
    if (results === undefined) continue
    checkRepeated(log, results)
    if (action === 'deny' || action === 'hide')
      log.warning(
        'dead-rule',
        results.at,
        `no call of this tool has a result: \`action: ${action}\``,
        `remove it from ${at}`,
      )
    const least = shared?.maxBytes
    if (results.maxBytes !== undefined && least !== undefined && results.maxBytes >= least && !name.includes('/'))
      log.warning(
        'dead-limit',
        pointer(results.at, 'max_bytes'),
        `never reached: /all_tools/results/max_bytes is ${least}`,
        'remove it, or write a smaller number',
      )
  }
}

function checkRepeated(log: ProblemLog, { redactions }: ResultRules): void {
  const seen = new Map<string, string>()
  for (const redaction of redactions) {
    const what = wordsOf(redaction)
    const earlier = seen.get(what)
    if (earlier === undefined) seen.set(what, redaction.at)
    else log.warning('dead-rule', redaction.at, `takes out the same as ${earlier}`, 'remove one of the two')
  }
}

function wordsOf(redaction: Redaction): string {
  return 'path' in redaction ? `path ${redaction.path.text}` : `pattern ${redaction.pattern}`
}
