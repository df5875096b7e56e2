/** What categories, levels and flags mean, in the words of the pages. The definitions are those of eval/GUIDELINES.md. */
import type { Category } from '../recommend.ts'
import type { RiskFlag, Severity } from './rating.ts'

/** What a tool of the category does. */
export const categoryMeans: Readonly<Record<Category, string>> = {
  Read: 'returns information; nothing outlives the call but caches and logs',
  Write: 'creates or changes something that a sibling tool or normal use can put back',
  Execute: 'has an effect that its arguments decide: code, statements, a job or another tool',
  Destructive: 'deletes, overwrites without history, revokes access or merges for good',
  Financial: 'moves money or commits somebody to an obligation',
}

/** What follows for whoever lets an agent use such tools, as a sentence. */
export const categoryCalls: Readonly<Record<Category, string>> = {
  Read: 'What they return enters the context of the agent and can leave through any other tool it has. A pace keeps a loop from copying everything.',
  Write: 'One wrong call can be put back, hundreds are work. A pace keeps a loop within what a person can follow.',
  Execute:
    'Nobody can tell from the name what a call does: the argument decides. Narrow the argument, or have a person look at each call.',
  Destructive:
    'There is no way back from a call. Hide them from agents that do not need them, and have a person approve the rest.',
  Financial: 'A call costs or binds somebody. A person approves each one, and a budget bounds the sum.',
}

export const severityWords: Readonly<Record<Severity, string>> = {
  low: 'Low',
  medium: 'Medium',
  high: 'High',
  critical: 'Critical',
}

/** Why a category has its level: severity follows from what it takes to undo a call. */
export const severityMeans: Readonly<Record<Severity, string>> = {
  low: 'nothing to undo: the tool returns information',
  medium: 'a call can be put back by a sibling tool or by normal use',
  high: 'what a call does is decided by its arguments or by what it starts',
  critical: 'a call cannot be taken back, or costs money',
}

/** The categories of each level, the level itself first. */
export const levelCategories: Readonly<Record<Severity, readonly Category[]>> = {
  low: ['Read'],
  medium: ['Write'],
  high: ['Execute'],
  critical: ['Destructive', 'Financial'],
}

interface FlagWords {
  readonly title: string
  /** What is true of the tool. */
  readonly means: string
  /** What to do about it. */
  readonly calls: string
}

export const flagWords: Readonly<Record<RiskFlag, FlagWords>> = {
  external_send: {
    title: 'reaches people',
    means: 'delivers to people or to outside parties: messages, mail, invitations, comments, publications',
    calls:
      'What was sent cannot be unsent. Five an hour is a pace that its readers can bear; require the recipients you expect.',
  },
  secret_input: {
    title: 'takes a secret',
    means: 'an argument is a credential',
    calls:
      'An agent should hold no credentials: what it holds stands in its context and in its logs. Deny calls that bring one where the server can be configured with it.',
  },
  secret_output: {
    title: 'may return secrets',
    means: 'the result may hold credentials: environment variables, cookies, keys, signed addresses',
    calls: 'Redact the members that hold them, or hide the tool.',
  },
  freeform_code: {
    title: 'runs what it is given',
    means: 'an argument is code, SQL, a query document, a script or a definition that is run elsewhere',
    calls:
      'No list of forbidden words is complete. Allow known forms, bound the length, or have a person read each one.',
  },
  file_path: {
    title: 'local paths',
    means: 'an argument is a path on the machine the server runs on',
    calls: 'Require the folder that the work needs; a glob also refuses `..` and look-alikes.',
  },
  url_input: {
    title: 'caller-given address',
    means: 'the server contacts an address or host that the call names',
    calls: 'Require the hosts that the work needs: the server may stand inside your network.',
  },
  bulk: {
    title: 'many at once',
    means: 'one call changes a list of things, everything that matches a filter, or all',
    calls: 'A limit on calls does not bound the damage: bound the length of the list, or count its elements.',
  },
  open_world: {
    title: 'open world',
    means: 'reaches the public web, arbitrary hosts or recipients, or public repositories',
    calls:
      'Whatever it brings back was written by strangers and may hold instructions. Watch what the agent may send afterwards.',
  },
  multiplex: {
    title: 'several actions in one',
    means: 'an argument chooses among different actions; the tool is rated by the worst of them',
    calls: 'Allow the actions that the work needs by their name, and deny the rest.',
  },
}

/** A rating of less confidence is a guess: nothing in the definition decides. */
export const undecided = 0.5

/** How sure a rating is, in words. */
export function confidenceWords(confidence: number): string {
  if (confidence >= 0.95) return 'several parts of the definition agree, and nothing speaks against them'
  if (confidence >= 0.85) return 'the definition says it plainly, in one place or with a second reading that is close'
  if (confidence >= 0.65) return 'a part of the definition speaks for another category'
  return 'nothing in the definition decides; the worse of the candidates was taken'
}

/** `1 tool`, `2 tools`. */
export function counted(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`
}

/** `12,345`: the same on every machine, whatever its locale. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',')
}

/** The first sentence of a description on one line, with the next one after a very short one, or as much as fits. */
export function firstSentence(text: string, charsMax = 160): string {
  const line = firstBlock(text.trimStart().slice(0, 12 * charsMax))
    .replaceAll(/\s+/g, ' ')
    .trim()
  const sentence = line.slice(0, endOfSentence(line))
  if (sentence.length <= charsMax) return sentence
  const cut = sentence.slice(0, charsMax)
  return `${cut
    .slice(0, Math.max(cut.lastIndexOf(' '), charsMax - 24))
    .trimEnd()
    .replace(/[\ud800-\udbff]$/, '')}…`
}

const blockCharsMin = 20
const sentenceCharsMin = 36
const abbreviation = /(?:^|[\s(])(?:e\.g|i\.e|eg|ie|etc|vs|cf|approx|incl)\.$/i

/** What stands before an empty line, a heading or a list: where a writer began something else. */
function firstBlock(text: string): string {
  const end = /\n[ \t]*(?=\r?\n|[-*#•]|\d+[.)]\s|[A-Z][\w ]{2,30}:[ \t]*(?:\r?\n|$))/.exec(text)?.index ?? text.length
  return text.slice(0, end).trim().length >= blockCharsMin ? text.slice(0, end) : text
}

/** After the first full stop that ends a sentence: none of an abbreviation, none within parentheses. */
function endOfSentence(line: string): number {
  for (const { index } of line.matchAll(/[.!?](?=\s|$)/g)) {
    const head = line.slice(0, index + 1)
    if (head.length <= sentenceCharsMin || abbreviation.test(head)) continue
    if (head.split('(').length > head.split(')').length) continue
    return head.length
  }
  return line.length
}
