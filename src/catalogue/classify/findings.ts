/**
 * What is wrong or worth knowing about a definition as a text: characters nobody sees, instructions to the model, names
 * of other tools, parameters that take addresses or credentials, text without end, annotations that contradict it.
 * Reports with the place; decides nothing. Linear in the definition.
 */
import { limits } from '../../limits.ts'
import { isJsonObject, type Json, type JsonObject } from '../../wire/json-types.ts'
import type { AttackId } from '../attacks/ids.ts'
import { visibilityIn } from '../invisible.ts'
import { quoteOf } from './evidence.ts'
import type { Category } from './lexicon/senses.ts'
import { secretParameters, urlParameters } from './parameters.ts'
import type { ServerFacts } from './server.ts'
import type { Subject } from './subject.ts'

/** What can be found in a definition. */
export const findingKinds = [
  'hidden-characters',
  'invisible-characters',
  'instruction-to-model',
  'names-other-tool',
  'credential-parameter',
  'address-parameter',
  'oversized-text',
  'contradicting-annotation',
  'no-description',
] as const

/** One finding with its place; offsets as in evidence. */
export interface Finding {
  readonly kind: (typeof findingKinds)[number]
  /** `serious`: somebody should look before the tool is used; `note`: good to know. */
  readonly weight: 'serious' | 'note'
  readonly pointer: string
  readonly quote: string
  readonly start: number
  readonly end: number
  readonly note: string
  readonly attack?: AttackId
}

/** Everything found in one definition, serious findings first, at most `classifyFindingsMax`. */
export function findingsOf(subject: Subject, server: ServerFacts, category: Category): readonly Finding[] {
  const texts = textsOf(subject.definition)
  const found = [
    ...texts.flatMap(unseenIn),
    ...texts.flatMap(instructionsIn),
    ...contradictionsOf(subject, category),
    ...oversizedIn(texts),
    ...othersIn(subject, server),
    ...parametersOf(subject),
    ...(subject.description.trim() === '' ? [withoutDescription] : []),
  ]
  return found
    .toSorted((a, b) => Number(b.weight === 'serious') - Number(a.weight === 'serious'))
    .slice(0, limits.classifyFindingsMax)
}

interface Text {
  readonly pointer: string
  readonly text: string
}

/** Every text of a definition with its pointer, names of members included; bounded in number. */
function textsOf(definition: JsonObject): readonly Text[] {
  const found: Text[] = []
  const open: { value: Json; pointer: string; depth: number }[] = [{ value: definition, pointer: '', depth: 0 }]
  for (let at = 0; at < open.length && at < limits.classifySchemaNodesMax; at += 1) {
    const { value, pointer, depth } = open[at] as (typeof open)[number]
    if (typeof value === 'string') found.push({ pointer, text: value })
    if (typeof value !== 'object' || value === null || depth > limits.schemaDepthMax) continue
    const members: readonly (readonly [string, Json])[] = Array.isArray(value)
      ? (value as readonly Json[]).map((item, index) => [String(index), item] as const)
      : isJsonObject(value)
        ? Object.entries(value)
        : []
    for (const [name, member] of members) {
      const path = `${pointer}/${segmentOf(name)}`
      if (!Array.isArray(value) && /[^\x20-\x7e]/.test(name)) found.push({ pointer: path, text: name })
      open.push({ value: member, pointer: path, depth: depth + 1 })
    }
  }
  return found
}

function segmentOf(name: string): string {
  const cut = name.length > limits.classifyNameCharsMax ? name.slice(0, limits.classifyNameCharsMax) : name
  return /[~/]/.test(cut) ? cut.replaceAll('~', '~0').replaceAll('/', '~1') : cut
}

function unseenIn({ pointer, text }: Text): readonly Finding[] {
  let hidden: Finding | undefined
  let invisible: Finding | undefined
  for (const { at, length, isHidden } of visibilityIn(text)) {
    const place = { pointer, ...quoteOf(text, at, at + length) }
    if (isHidden)
      hidden ??= {
        kind: 'hidden-characters',
        weight: 'serious',
        ...place,
        note: 'characters meant to hide or reorder text',
        attack: 'hidden-unicode',
      }
    else
      invisible ??= {
        kind: 'invisible-characters',
        weight: 'note',
        ...place,
        note: 'invisible characters',
        attack: 'hidden-unicode',
      }
    if (hidden !== undefined && invisible !== undefined) break
  }
  return [hidden, invisible].filter(each => each !== undefined)
}

/** What a description has no business to say: it speaks to the model about other things than this tool. */
const instructions: readonly (readonly [RegExp, 'serious' | 'note', string, AttackId])[] = [
  [
    /\b(?:ignore|disregard|forget|override) (?:all |any |the |your |these )?(?:previous|prior|above|earlier|other|system) (?:instructions?|prompts?|rules|messages?|tools?)\b/i,
    'serious',
    'tells the model to drop its instructions',
    'tool-poisoning',
  ],
  [
    /\b(?:do not|don['’]t|never|without) (?:ever )?(?:tell(?:ing)?|inform(?:ing)?|mention(?:ing)?(?: (?:this|it|that))?(?: to)?|notify(?:ing)?|reveal(?:ing)?(?: (?:this|it))?(?: to)?|show(?:ing)?(?: (?:this|it))?(?: to)?|alert(?:ing)?) (?:to )?the user\b/i,
    'serious',
    'tells the model to keep something from the user',
    'tool-poisoning',
  ],
  [
    /<\s*(?:important|system|secret|hidden|instructions?|critical)\s*>/i,
    'serious',
    'a tag that poses as instructions',
    'tool-poisoning',
  ],
  [
    /\b(?:secretly|silently|covertly) (?:read|send|call|copy|include|forward|upload|pass|add|append)\b/i,
    'serious',
    'asks for something done in secret',
    'tool-poisoning',
  ],
  [
    /\b(?:before|whenever|every time|each time) (?:you )?(?:us(?:e|ing)|call(?:ing)?|invok(?:e|ing)) (?:(?:any|every|all)(?: (?:of )?(?:the )?other)? tools?|(?:the )?other tools?|the tools)\b/i,
    'serious',
    'speaks of the use of other tools',
    'line-jumping',
  ],
  [
    /\b(?:read|include|pass|send|attach|provide|append) (?:the )?(?:contents? of )?(?:~\/|\.ssh|\.env\b|id_rsa|\/etc\/passwd|(?:your |the )?(?:system prompt|conversation history|full conversation|chat history))/i,
    'serious',
    'asks for what is not this tool’s business',
    'schema-poisoning',
  ],
  [
    /\byou (?:must|should|need to) (?:always )?(?:first )?(?:call|use|invoke|run) (?:this|the)\b|\bmust (?:always )?(?:call|use|run) this (?:tool|function) (?:first|before)\b|\b(?:always|must) (?:call|use|run) this (?:tool|function)\b/i,
    'note',
    'instructs the model when to call it',
    'tool-poisoning',
  ],
]

/** Shorter texts (`string`, `boolean`) hold no instruction: the shortest is a tag, `<hidden>`. */
const instructionCharsMin = 8

function instructionsIn({ pointer, text }: Text): readonly Finding[] {
  if (text.length < instructionCharsMin) return []
  const read = text.slice(0, limits.classifyTextCharsMax)
  const found: Finding[] = []
  for (const [pattern, weight, note, attack] of instructions) {
    const match = pattern.exec(read)
    if (match !== null)
      found.push({
        kind: 'instruction-to-model',
        weight,
        pointer,
        ...quoteOf(read, match.index, match.index + match[0].length),
        note,
        attack,
      })
  }
  return found
}

function contradictionsOf({ annotations }: Subject, category: Category): readonly Finding[] {
  const found: Finding[] = []
  const say = (key: string, note: string, weight: 'serious' | 'note') =>
    found.push({
      kind: 'contradicting-annotation',
      weight,
      pointer: `/annotations/${key}`,
      ...quoteOf(key, 0, key.length),
      note,
    })
  const isWorse = category === 'Destructive' || category === 'Financial' || category === 'Execute'
  if (annotations['readOnlyHint'] === true && category !== 'Read')
    say('readOnlyHint', `says that it only reads, but it is rated ${category}`, isWorse ? 'serious' : 'note')
  if (annotations['destructiveHint'] === false && category === 'Destructive')
    say('destructiveHint', 'says that nothing is destroyed, but it is rated Destructive', 'serious')
  if (annotations['destructiveHint'] === true && category === 'Read')
    say('destructiveHint', 'says that it destroys, but it only reads', 'note')
  return found
}

function oversizedIn(texts: readonly Text[]): readonly Finding[] {
  return texts
    .filter(({ text }) => text.length > limits.classifyLongTextChars)
    .map(({ pointer, text }) => ({
      kind: 'oversized-text' as const,
      weight: 'note' as const,
      pointer,
      ...quoteOf(text, 0, 60),
      note: `${text.length} characters`,
      attack: 'context-flooding' as const,
    }))
}

/** Other tools of the same server that the description names. */
function othersIn({ name, description }: Subject, server: ServerFacts): readonly Finding[] {
  const found: Finding[] = []
  const seen = new Set([name])
  for (const match of description.matchAll(/[A-Za-z0-9]+(?:[_.-][A-Za-z0-9]+)*/g)) {
    const word = match[0]
    if (seen.has(word) || !server.names.has(word) || !/[_.-]|[a-z][A-Z]/.test(word)) continue
    seen.add(word)
    found.push({
      kind: 'names-other-tool',
      weight: 'note',
      pointer: '/description',
      ...quoteOf(description, match.index, match.index + word.length),
      note: 'another tool of this server',
    })
  }
  return found
}

function parametersOf(subject: Subject): readonly Finding[] {
  const secrets = secretParameters(subject).map(each => ({
    kind: 'credential-parameter' as const,
    weight: 'note' as const,
    pointer: each.pointer,
    ...quoteOf(each.name, 0, each.name.length),
    note: 'takes a credential as an argument',
    attack: 'token-passthrough' as const,
  }))
  const addresses = urlParameters(subject).map(({ parameter }) => ({
    kind: 'address-parameter' as const,
    weight: 'note' as const,
    pointer: parameter.pointer,
    ...quoteOf(parameter.name, 0, parameter.name.length),
    note: 'takes an address as an argument',
    attack: 'server-side-request-forgery' as const,
  }))
  return [...secrets, ...addresses]
}

const withoutDescription: Finding = {
  kind: 'no-description',
  weight: 'note',
  pointer: '/description',
  quote: '',
  start: 0,
  end: 0,
  note: 'no description: rated by name and schema alone',
}
