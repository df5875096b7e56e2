/**
 * Names and sentences as words with their places, and words as base forms. Everything is linear in the text, which is
 * a stranger's: no pattern here can backtrack, and what is read of a text is bounded by the caller.
 */

/** A word in lower case and where it stands: `[start, end)` in UTF-16 units of the text it was read from. */
export interface Word {
  readonly text: string
  readonly start: number
  readonly end: number
}

/** Identifiers (`delete_user`) and compounds (`step-by-step`) stay whole: they are names of things, not verbs. */
const wordPattern = /[\p{L}\p{N}_]+(?:['’-][\p{L}\p{N}_]+)*/gu
const namePartPattern = /\p{Lu}+(?=\p{Lu}\p{Ll})|\p{Lu}?[\p{Ll}\p{Lo}]+|\p{Lu}+|\p{N}+/gu

/** The words of a name: `createOrUpdate_file`, `stories-get-by-id`, `HTTPGet` and `mail.send` fall into their parts. */
export function nameWords(name: string): readonly Word[] {
  return Array.from(name.matchAll(namePartPattern), match => wordOf(match[0], match.index))
}

/** The words of a text, punctuation left out. */
export function textWords(text: string): readonly Word[] {
  return Array.from(text.matchAll(wordPattern), match => wordOf(match[0], match.index))
}

function wordOf(text: string, start: number): Word {
  return { text: text.toLowerCase(), start, end: start + text.length }
}

/** A sentence or a line of a text, by its place. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** Sentences: parted at line ends, at `. ! ? ; 。` before white space, and at bullets. At most `max`. */
export function sentencesOf(text: string, max: number): readonly Span[] {
  const spans: Span[] = []
  let start = 0
  let lineStart = 0
  for (let at = 0; at <= text.length && spans.length < max; at += 1) {
    if (text.charAt(at) === '\n') lineStart = at + 1
    if (at < text.length && !endsSentence(text, at, lineStart)) continue
    if (/[\p{L}\p{N}]/u.test(text.slice(start, at))) spans.push({ start, end: at })
    start = at + 1
  }
  return spans
}

function endsSentence(text: string, at: number, lineStart: number): boolean {
  const character = text.charAt(at)
  if (character === '\n' || character === '。' || character === '！' || character === '•') return true
  if (!'.!?;:'.includes(character)) return false
  const next = text.charAt(at + 1)
  const isGlued = character === '.' && /\p{Lu}/u.test(next) && /\p{Ll}/u.test(text.charAt(at - 1))
  if (next !== '' && next !== ' ' && next !== '\n' && next !== '\t' && !isGlued) return false
  if (character === '.' && /\b(?:e\.g|i\.e|etc|vs|incl|approx)$/i.test(text.slice(Math.max(0, at - 8), at)))
    return false
  return character !== ':' || at - lineStart < headingColumnsMax
}

/** A colon this early in a line ends a heading (`Purpose:`). */
const headingColumnsMax = 48

const irregular: Readonly<Record<string, string>> = {
  sent: 'send',
  ran: 'run',
  made: 'make',
  wrote: 'write',
  written: 'write',
  got: 'get',
  gotten: 'get',
  built: 'build',
  sold: 'sell',
  bought: 'buy',
  paid: 'pay',
  drawn: 'draw',
  overwritten: 'overwrite',
  overwrites: 'overwrite',
  overwriting: 'overwrite',
  found: 'find',
  kept: 'keep',
  lost: 'lose',
  given: 'give',
  shown: 'show',
  hidden: 'hide',
  begun: 'begin',
  shut: 'shut',
  undone: 'undo',
  done: 'do',
  took: 'take',
  taken: 'take',
  forgotten: 'forget',
  withdrawn: 'withdraw',
  lent: 'lend',
  does: 'do',
  has: 'has',
  is: 'is',
  was: 'is',
  lies: 'lie',
  tied: 'tie',
  dies: 'die',
}

/** What a word may be the inflected form of, likeliest first: `creates`, `creating`, `copied`, `purged`, `submitting`. */
export function baseForms(word: string): readonly string[] {
  const known = Object.hasOwn(irregular, word) ? irregular[word] : undefined
  if (known !== undefined) return [known]
  const forms = [word]
  if (word.endsWith('ies') && word.length > 4) forms.push(`${word.slice(0, -3)}y`)
  else if (word.endsWith('es') && word.length > 3) forms.push(word.slice(0, -1), word.slice(0, -2))
  else if (word.endsWith('s') && !word.endsWith('ss') && word.length > 2) forms.push(word.slice(0, -1))
  else if (word.endsWith('ied') && word.length > 4) forms.push(`${word.slice(0, -3)}y`)
  else if (word.endsWith('ed') && word.length > 3) forms.push(...stemForms(word.slice(0, -2)))
  else if (word.endsWith('ing') && word.length > 4) forms.push(...stemForms(word.slice(0, -3)))
  return forms
}

/** `creat` → `creat`, `create`; `submitt` → `submitt`, `submitte`, `submit`. */
function stemForms(stem: string): readonly string[] {
  const isDoubled = stem.length > 2 && stem.at(-1) === stem.at(-2)
  return isDoubled ? [stem, stem.slice(0, -1), `${stem}e`] : [`${stem}e`, stem]
}

/** The American spelling of a verb in base form: `finalise`, `analyse`, `enrol`; the word itself where both spell it so. */
export function american(word: string): string {
  if (word.length > 5 && word.endsWith('ise')) return `${word.slice(0, -3)}ize`
  if (word.endsWith('yse')) return `${word.slice(0, -3)}yze`
  if (word.endsWith('our') || word.endsWith('ourite')) return word.replace('our', 'or')
  return /(?:enrol|fulfil|instal|instil|distil)$/.test(word) ? `${word}l` : word
}

/** The singular of a noun, roughly: enough to look it up. */
export function singular(word: string): string {
  if (word.endsWith('ies') && word.length > 4) return `${word.slice(0, -3)}y`
  if (/(?:sses|shes|ches|xes|zes)$/.test(word)) return word.slice(0, -2)
  if (word.endsWith('s') && !word.endsWith('ss') && !word.endsWith('us') && word.length > 3) return word.slice(0, -1)
  return word
}
