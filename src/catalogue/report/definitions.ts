/**
 * Findings on what a server says of itself: its tools as the classifier sees them, and its instructions, prompts and
 * resources, which clients show to models just the same. Pure.
 */
import type { JsonObject } from '../../wire/json-types.ts'
import { classifyTools, type RatedTool } from '../classify/classify.ts'
import type { Finding } from '../classify/findings.ts'
import type { Severity } from '../classify/lexicon/senses.ts'
import type { Found } from './finding.ts'
import type { RuleId } from './rules.ts'

/** A finding with a severity of its own where it weighs less than its rule. */
export type Weighed = Found & { readonly severity?: Severity }

const ruleOfKind: Readonly<Record<Finding['kind'], RuleId>> = {
  'hidden-characters': 'hidden-characters',
  'invisible-characters': 'invisible-characters',
  'instruction-to-model': 'instruction-to-model',
  'names-other-tool': 'names-other-tool',
  'credential-parameter': 'credential-parameter',
  'address-parameter': 'address-parameter',
  'oversized-text': 'oversized-text',
  'contradicting-annotation': 'contradicting-annotation',
  'no-description': 'no-description',
}

/** The classifier's findings on rated tools, under the rules of the report. */
export function toolFindings(tools: readonly RatedTool[]): readonly Weighed[] {
  return tools.flatMap(({ name, findings }) => findings.map(finding => ({ ...found(finding), tool: name })))
}

/** Kinds whose rule says it already. */
const titled: readonly Finding['kind'][] = [
  'names-other-tool',
  'credential-parameter',
  'address-parameter',
  'no-description',
  'invisible-characters',
]

function found({ kind, weight, note, quote, pointer, attack }: Finding): Weighed {
  const isAdvice = kind === 'instruction-to-model' && weight === 'note'
  return {
    rule: isAdvice ? 'asks-to-be-called' : ruleOfKind[kind],
    note: titled.includes(kind) ? '' : note,
    ...(quote === '' ? {} : { quote }),
    pointer,
    ...(attack === undefined ? {} : { attack }),
    ...(kind === 'contradicting-annotation' && weight === 'note' ? { severity: 'low' as const } : {}),
  }
}

const inText: readonly Finding['kind'][] = ['hidden-characters', 'invisible-characters', 'instruction-to-model']

/** Findings in texts that are no tools but reach the model as well. */
export function otherTextFindings(scan: {
  readonly instructions?: string
  readonly prompts: readonly JsonObject[]
  readonly resources: readonly JsonObject[]
  readonly resourceTemplates: readonly JsonObject[]
}): readonly Weighed[] {
  const texts: readonly (readonly [string, readonly JsonObject[]])[] = [
    ['the instructions', scan.instructions === undefined ? [] : [{ description: scan.instructions }]],
    ['a prompt', scan.prompts],
    ['a resource', scan.resources],
    ['a resource template', scan.resourceTemplates],
  ]
  return texts.flatMap(([what, definitions]) =>
    // read as tools, which have texts in the same members; what such tools could do is not looked at
    classifyTools(definitions.map(definition => ({ ...definition, name: String(definition['name'] ?? what) })))
      .tools.flatMap(({ findings }) => findings)
      .filter(({ kind }) => inText.includes(kind))
      .map(finding => ({ ...found(finding), note: `in ${what}: ${finding.note}` })),
  )
}

/** Names that more than one definition bears. */
export function sharedNames(definitions: readonly JsonObject[]): readonly Weighed[] {
  const counts = new Map<string, number>()
  for (const { name } of definitions) counts.set(String(name), (counts.get(String(name)) ?? 0) + 1)
  return [...counts].flatMap(([tool, number]) =>
    number === 1 ? [] : [{ rule: 'same-tool-name', note: `${number} definitions`, tool, pointer: '/name' }],
  )
}

/** Tools of other servers that the definitions of this one name. `others` has none of its own names. */
export function foreignNames(definitions: readonly JsonObject[], others: ReadonlySet<string>): readonly Weighed[] {
  return definitions.flatMap(definition => {
    const text = typeof definition['description'] === 'string' ? definition['description'] : ''
    const words = new Set(text.match(/[A-Za-z0-9]+(?:[_.-][A-Za-z0-9]+)*/g))
    return [...words]
      .filter(word => others.has(word) && /[_.-]|[a-z][A-Z]/.test(word))
      .map(word => ({
        rule: 'names-foreign-tool' as const,
        note: '',
        quote: word,
        tool: String(definition['name']),
        pointer: '/description',
      }))
  })
}
