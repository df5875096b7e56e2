/**
 * A region of calls in words: for each place that matters what is there. What comparisons leave together is said in
 * the words of the comparisons; numbers as ranges.
 */
import type { Json } from '../../wire/json-types.ts'
import { atomWords, shown } from './atom-words.ts'
import { type Atom, type Atoms, isOpaque } from './atoms.ts'
import { type Span, spanWords } from './numbers.ts'
import type { Choice, Space, Variable } from './space.ts'
import { anyTruth, onlyError, onlyNo, onlyTruth, onlyYes } from './truths.ts'
import type { JsonKind } from './values.ts'

/** One statement for each variable of the comparisons `asked` that `left` restricts, in their order; none for every call. */
export function regionWords(
  atoms: Atoms,
  space: Space,
  left: readonly (readonly number[])[],
  asked: readonly number[],
): readonly string[] {
  const mentioned = [...new Set(asked.map(id => space.owner.get(id) ?? -1))].flatMap(id => space.variables[id] ?? [])
  const restricted = mentioned.filter(
    ({ id, choices }) => (left[id]?.length ?? 0) < choices.filter(({ as }) => as !== 'broken').length,
  )
  const order = new Map(asked.toReversed().map((id, index) => [id, asked.length - index]))
  const parents = new Set(restricted.flatMap(({ parent }) => (parent === undefined ? [] : [parent.id])))
  return restricted
    .filter(({ id, place }) => !parents.has(id) || (place?.node.own.length ?? 0) > 0)
    .map(variable => statement(atoms, variable, left[variable.id] ?? [], order))
}

function statement(
  atoms: Atoms,
  variable: Variable,
  left: readonly number[],
  order: ReadonlyMap<number, number>,
): string {
  const placeOf = (id: number) => order.get(id) ?? Number.MAX_VALUE
  const ids = [...(variable.choices[0]?.truths.keys() ?? [])].toSorted((a, b) => placeOf(a) - placeOf(b))
  const asked = ids.flatMap(id => {
    const atom = atoms.list[id]
    return atom === undefined || isOpaque(atom) ? [] : [atom]
  })
  const choices = left.flatMap(index => variable.choices[index] ?? []).filter(({ as }) => as !== 'broken')
  if (variable.opaque !== undefined) return `${variable.name} ${opaqueWords(choices)}`
  const all = variable.choices.filter(({ as }) => as !== 'broken')
  if (variable.place === undefined) return literalWords(asked, choices, all, '').join(' or ')
  const name = `\`${asked[0]?.path.steps.length === variable.place.node.depth ? asked[0].path.text : variable.name}\``
  const parts = [...new Set(placeWords(asked, choices, all, name))]
  return parts.length === 0 ? `${name} is something else` : joined(name, parts)
}

/** `a` is 1, `a` is 2: the name is said once. */
function joined(name: string, parts: readonly string[]): string {
  const bare = parts.map(part => (part.startsWith(`${name} `) ? part.slice(name.length + 1) : part))
  const or = parts.some(part => part.includes(' and ') || part.includes(' or ')) ? '; or ' : ' or '
  return parts.every(part => part.startsWith(`${name} `)) ? `${name} ${bare.join(or)}` : parts.join(or)
}

function opaqueWords(choices: readonly Choice[]): string {
  const truths = choices.reduce((sum, choice) => sum | ([...choice.truths.values()][0] ?? 0), 0)
  const words = [
    [onlyYes, 'holds'],
    [onlyNo, 'does not hold'],
    [onlyError, 'cannot be evaluated'],
  ] as const
  return words.flatMap(([truth, word]) => (truths & truth ? [word] : [])).join(' or ')
}

const jsonKinds: readonly JsonKind[] = ['null', 'true', 'false', 'number', 'text', 'list', 'object']
const kindWords: Readonly<Record<JsonKind, string>> = {
  nothing: 'is left out',
  null: 'is null',
  true: 'is true',
  false: 'is false',
  number: 'is a number',
  text: 'is text',
  list: 'is a list',
  object: 'is an object',
}

/** What is at one place: each kind of value whole, in part, or not at all. */
function placeWords(
  asked: readonly Atom[],
  choices: readonly Choice[],
  all: readonly Choice[],
  name: string,
): readonly string[] {
  const of = (from: readonly Choice[], kind: JsonKind) => from.filter(({ kinds }) => kinds.has(kind))
  const possible = jsonKinds.filter(kind => of(all, kind).length > 0)
  const whole = possible.filter(kind => of(choices, kind).length === of(all, kind).length)
  const partial = possible.filter(kind => !whole.includes(kind) && of(choices, kind).length > 0)
  const parts = partial.flatMap(kind => partWords(asked, of(choices, kind), of(all, kind), kind, name))
  const lacking = possible.filter(kind => !whole.includes(kind))
  if (lacking.length === 0) parts.push(`${name} is given`)
  else if (whole.length > 3 && lacking.length < 3) parts.push(`${name} ${neither(lacking)}`)
  else parts.push(...whole.map(kind => `${name} ${kindWords[kind]}`))
  if (choices.some(({ kinds }) => kinds.has('nothing'))) parts.push(`${name} ${kindWords.nothing}`)
  return parts
}

/** Every kind but some. Something that is there: nothing is said of what is left out. */
function neither(kinds: readonly JsonKind[]): string {
  const nouns = kinds.map(kind => kindWords[kind].replace(/^is /, ''))
  return nouns.length === 1 ? `is given and not ${nouns[0]}` : `is given and neither ${nouns.join(' nor ')}`
}

function partWords(
  asked: readonly Atom[],
  choices: readonly Choice[],
  all: readonly Choice[],
  kind: JsonKind,
  name: string,
): readonly string[] {
  const spans: readonly Span[] = choices.flatMap(choice => choice.spans)
  if (kind === 'number' && spans.length > 0) return spanWords(spans).map(words => `${name} is ${words}`)
  return literalWords(asked, choices, all, name)
}

const partsMax = 4

/** What sets `choices` apart from `all`, by the comparisons: in one go, else choice by choice. */
function literalWords(
  asked: readonly Atom[],
  choices: readonly Choice[],
  all: readonly Choice[],
  name: string,
): readonly string[] {
  const values = valueWords(asked, choices, name)
  if (values !== undefined) return [values]
  const once = conjunction(asked, choices, all, name)
  if (once !== undefined) return [once]
  const each = choices.map(choice => conjunction(asked, [choice], all, name) ?? `${name} is ${exampleOf(choice)}`)
  const distinct = [...new Set(each)]
  if (distinct.length <= partsMax) return distinct
  return [...distinct.slice(0, partsMax - 1), `${distinct.length - partsMax + 1} more kinds of values`]
}

/** Where one comparison leaves a few values, those of them that the others leave too. */
function valueWords(asked: readonly Atom[], choices: readonly Choice[], name: string): string | undefined {
  const truthsOf = (atom: Atom, choice: Choice) => choice.truths.get(atom.id) ?? anyTruth
  const own = asked.filter(({ path }) => `\`${path.text}\`` === name)
  if (own.length === 0 || own.length < asked.length) return undefined
  const listing = own.find(
    atom => (atom.op === 'eq' || atom.op === 'in') && choices.every(choice => truthsOf(atom, choice) === onlyYes),
  )
  if (listing === undefined) return undefined
  const values = listing.op === 'eq' ? [listing.value] : (listing.value as readonly Json[])
  const left = values.filter(value =>
    choices.some(choice => own.every(atom => truthsOf(atom, choice) & onlyTruth(atom.judge(value)))),
  )
  if (left.length === 0) return undefined
  return `${name} is ${left.length === 1 ? '' : 'one of '}${left.map(shown).join(', ')}`
}

function exampleOf({ samples }: Choice): string {
  const [sample] = samples
  return sample === undefined || typeof sample === 'symbol' ? 'something else' : `like ${shown(sample as Json)}`
}

interface Literal {
  readonly words: string
  excludes(choice: Choice): boolean
}

/** Comparisons that together hold for all of `choices` and for nothing else. */
function conjunction(
  asked: readonly Atom[],
  choices: readonly Choice[],
  all: readonly Choice[],
  name: string,
): string | undefined {
  let others = all.filter(choice => !choices.includes(choice))
  const literals = asked.flatMap(atom => literalOf(atom, asked, choices, name))
  const chosen: string[] = []
  while (others.length > 0) {
    const counted = literals.map(literal => ({ literal, count: others.filter(each => literal.excludes(each)).length }))
    const best = counted.toSorted((a, b) => b.count - a.count)[0]
    if (best === undefined || best.count === 0) return undefined
    chosen.push(best.literal.words)
    others = others.filter(each => !best.literal.excludes(each))
  }
  return chosen.length === 0 ? undefined : joinedBySubject(chosen)
}

/** `x` is a and `x` is b: what it is about is said once. */
function joinedBySubject(statements: readonly string[]): string {
  let subject = ''
  const parts = statements.map(statement => {
    const own = /^(?:(?:some|every|no) )?`[^`]*`(?: \([^)]*\))? /.exec(statement)?.[0] ?? ''
    const isAgain = own !== '' && own === subject
    subject = own
    return isAgain ? statement.slice(own.length) : statement
  })
  return parts.join(' and ')
}

function literalOf(atom: Atom, asked: readonly Atom[], choices: readonly Choice[], name: string): readonly Literal[] {
  const truths = choices.reduce((sum, choice) => sum | (choice.truths.get(atom.id) ?? anyTruth), 0)
  const words = atomWords(atom, truths, asked, name)
  if (words === undefined) return []
  return [{ words, excludes: choice => ((choice.truths.get(atom.id) ?? anyTruth) & truths) === 0 }]
}
