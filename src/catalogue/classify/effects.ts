/**
 * Every effect a definition gives reason to expect: a category, how strong the reason is, and the quotation it rests on.
 * Name, description, schema and annotations are read apart, so that each can be left out (`ignore`) to measure what it
 * contributes. Nothing is decided here.
 */
import { limits } from '../../limits.ts'
import { type Action, listedActions, nameActions, sentenceActions } from './actions.ts'
import { type CodeParameter, codeParametersOf } from './code.ts'
import { type Evidence, quoteOf } from './evidence.ts'
import { kindsOf } from './lexicon/nouns.ts'
import { type Category, rankOf, worstOf } from './lexicon/senses.ts'
import { type Meaning, meaningOf, type Setting } from './meaning.ts'
import { amountParameters, choiceParameters, pathParameters, savingParameters } from './parameters.ts'
import type { ServerFacts } from './server.ts'
import type { Parameter, Subject } from './subject.ts'
import { sentencesOf, textWords, type Word } from './text.ts'
import {
  type Phrase,
  sayCharging,
  sayDocumenting,
  sayDrafting,
  sayEverything,
  sayHarmless,
  sayIrreversible,
  sayOverwriting,
  sayPaying,
  sayReadOnly,
  sayRevoking,
} from './wording.ts'

export type Source = 'name' | 'description' | 'schema' | 'annotation'

export interface Effect {
  readonly category: Category
  readonly strength: number
  readonly source: Source
  readonly also?: Category
  readonly evidence: Evidence
}

/** What the readers found besides effects; flags and confidence use it. */
export interface Reading {
  readonly effects: readonly Effect[]
  readonly nameVerbs: readonly Action[]
  readonly headVerbs: readonly Action[]
  /** Every verb of the description that was read, in order. */
  readonly textVerbs: readonly Action[]
  readonly code: readonly CodeParameter[]
  readonly paths: readonly Parameter[]
  readonly saving: readonly Parameter[]
  readonly choices: readonly Parameter[]
  readonly isRouter: boolean
}

export interface Ignored {
  readonly name?: boolean
  readonly description?: boolean
  readonly annotations?: boolean
}

/** Reads a definition among its siblings. */
export function readEffects(subject: Subject, server: ServerFacts, ignored: Ignored = {}): Reading {
  const seen = ignored.description ? { ...subject, description: '', title: '' } : subject
  const code = codeParametersOf(seen)
  const paths = pathParameters(seen, server.isLocal)
  const saving = savingParameters(paths)
  const isRouter = isRouterTool(seen)
  const setting: Setting = {
    savesToPath: saving.length > 0,
    hasAmount: amountParameters(seen).length > 0,
    isMarket: server.isMarket,
    isBrowser: server.isBrowser,
    writesCode: code.some(each => !each.isReadOnly && each.kind !== 'definition'),
    readsCode: code.length > 0 && code.every(each => each.isReadOnly),
    isTargetedEdit: seen.parameters.some(each =>
      /^(?:old|find|search|from|pattern|edits|oldtext|oldstring|oldstr|needle|startline|linenumber|line|range|index)/.test(
        each.folded,
      ),
    ),
    isTentative:
      sayDrafting(`${seen.name.replaceAll(/[_-]/g, ' ')} ${seen.description.slice(0, headCharsMax)}`) !== undefined,
  }
  const nameVerbs = ignored.name ? [] : nameActions(seen.name, server.prefix)
  const sentences = readSentences(seen.description, isRouter)
  const choices = choiceParameters(seen).filter(
    each => each.depth <= wrapperDepthOf(seen) || /^(?:op|operation|action|command)$/.test(each.folded),
  )
  const effects = [
    ...nameVerbs.map(action =>
      effectOf(
        action,
        meaningOf(action, setting),
        'name',
        '/name',
        seen.name,
        isRouter && action.weight <= nounWeightMax ? 0.5 : nameFactor(action, sentences, setting),
      ),
    ),
    ...sentences.flatMap(({ actions, factor }) =>
      actions.map(action =>
        effectOf(
          action,
          meaningOf(inLightOf(action, nameVerbs[0]), setting),
          'description',
          '/description',
          seen.description,
          factor,
        ),
      ),
    ),
    ...choices.flatMap(each => choiceEffects(each, setting, isData(nameVerbs[0], each))),
    ...codeEffects(code, nameVerbs[0] ?? sentences[0]?.actions[0]),
    ...parameterEffects(seen),
    ...(ignored.annotations ? [] : annotationEffects(seen)),
  ]
  return {
    effects: [...shielded(effects, seen, code), ...phraseEffects(seen, effects)],
    nameVerbs,
    headVerbs: sentences[0]?.actions ?? [],
    textVerbs: sentences.flatMap(each => each.actions),
    code,
    paths,
    saving,
    choices: choices.filter(each => choiceEffects(each, setting).length > 0),
    isRouter,
  }
}

const headCharsMax = 400

/** Arguments may all sit in one object (`params`, `request`): then its members are the arguments. */
function wrapperDepthOf(subject: Subject): number {
  return subject.parameters.filter(each => each.depth === 0).length <= 1 ? 1 : 0
}

/** `Remove` in the text of `unassign_user` is what the name says: a link is taken away. */
function inLightOf(action: Action, name: Action | undefined): Action {
  if (name?.sense === 'unlink' && (action.sense === 'remove' || action.sense === 'revoke'))
    return { ...action, sense: 'unlink' }
  const isOfSession =
    name?.sense === 'session' && /^(?:revoke|close|clear|reset|remove|delete|stop)$/.test(action.sense)
  return isOfSession ? { ...action, sense: 'session' } : action
}

function effectOf(
  action: Action,
  meaning: Meaning,
  source: Source,
  pointer: string,
  text: string,
  factor: number,
): Effect {
  const { category, strength, also, rule } = meaning
  return {
    category,
    strength: strength * action.weight * factor,
    source,
    ...(also === undefined ? {} : { also }),
    evidence: {
      where: source,
      pointer,
      ...quoteOf(text, action.start, action.end),
      says: category,
      ...(rule === undefined ? {} : { rule }),
    },
  }
}

interface SentenceReading {
  readonly actions: readonly Action[]
  readonly factor: number
}

/** The sentences that say what the tool does; the first one counts fully, later ones less. */
function readSentences(description: string, isRouter: boolean): readonly SentenceReading[] {
  const words = textWords(description)
  const found: SentenceReading[] = []
  let at = 0
  let told = 0
  for (const { start, end } of sentencesOf(description, limits.classifySentencesMax)) {
    while (at < words.length && (words[at]?.start ?? 0) < start) at += 1
    const from = at
    while (at < words.length && (words[at]?.start ?? 0) < end) at += 1
    const sentence = words.slice(from, boilerplateFrom(words, from, at))
    if (sentence.length === 0) continue
    const actions = isRouter ? listedActions(sentence) : sentenceActions(description, sentence)
    if (actions.length === 0) continue
    const factor = isRouter || told === 0 ? 1 : told === 1 ? 0.6 : 0.5
    if (actions.some(action => action.sense !== 'manage')) told += 1
    found.push({ actions, factor })
    if (found.length >= actionSentencesMax) break
  }
  return found
}

const actionSentencesMax = 8

/** Where a sentence stops saying what the tool does and starts on how to use a router, or what an answer looks like. */
function boilerplateFrom(words: readonly Word[], from: number, to: number): number {
  for (let at = from; at < to; at += 1) {
    const pair = `${words[at]?.text} ${words[at + 1]?.text}`
    if (
      /^(?:sub commands?|subcommands? are|hierarchical mcp|command router|deep link|rate limits?|invoke a|set learn|set command)$/.test(
        pair,
      )
    )
      return isolated(words, from, at)
  }
  return to
}

/** The few words of the same clause before it go with it. */
function isolated(words: readonly Word[], from: number, at: number): number {
  let start = at
  while (start > from && at - start < 5 && !/^(?:this|usagethis|to|the)$/.test(words[start]?.text ?? '')) start -= 1
  return start
}

/** A free `command` (or the like) whose values the text explains. */
function isRouterTool(subject: Subject): boolean {
  return (
    subject.parameters.some(
      each =>
        /^(?:command|operation|action|subcommand|tool|toolname)$/.test(each.folded) &&
        each.choices.length === 0 &&
        each.depth === 0,
    ) &&
    subject.parameters.some(
      each => /^(?:parameters|params|args|arguments|payload|options|input|data)$/.test(each.folded) && each.depth === 0,
    ) &&
    /\b(?:router|sub-?commands?|operations|commands for|actions|commands)\b/i.test(subject.description)
  )
}

/** A name whose verb may be a noun (`workflow_run`) yields to a text that plainly says something milder. */
function nameFactor(name: Action, sentences: readonly SentenceReading[], setting: Setting): number {
  if (isGenerator(name, sentences)) return 0.55
  const head = sentences[0]?.actions[0]
  const isAsked = informationEnds.test(name.around.at(-1) ?? '')
  if ((name.weight > nounWeightMax && !isAsked) || head === undefined || head.weight < 0.85) return 1
  const { category, strength } = meaningOf(head, setting)
  return strength >= 0.85 && rankOf[category] < rankOf[meaningOf(name, setting).category] ? (isAsked ? 0.55 : 0.7) : 1
}

/** Last words of names that ask for information: `upload_status`. */
const informationEnds =
  /^(?:status|history|list|stats|statistics|info|information|details?|count|logs?|results?|summary|metadata)$/
/** Actions of names up to this weight rest on words that are nouns as often as verbs. */
const nounWeightMax = 0.8

/** `create_summary` whose text says `generates a summary`: what is made is the answer. */
function isGenerator(name: Action, sentences: readonly SentenceReading[]): boolean {
  const head = sentences[0]?.actions[0]
  return (
    name.sense === 'make' &&
    head?.sense === 'produce' &&
    head.objects.slice(0, 4).some(noun => kindsOf(noun).has('text'))
  )
}

/** In `list_events` an `action` only says which are listed; in `create_request` a `method` is stored with it. */
function isData(name: Action | undefined, parameter: Parameter): boolean {
  if (name === undefined || name.weight < 0.85) return false
  return name.sense === 'retrieve' || (/^(?:make|change|put)$/.test(name.sense) && parameter.folded.endsWith('method'))
}

/** The worst of the values that choose what is done. */
function choiceEffects(parameter: Parameter, setting: Setting, isFiltering = false): readonly Effect[] {
  if (isFiltering) return []
  const found: Effect[] = []
  const isTyped =
    /^(?:type|event|state|kind|tool|task|function|api)$/.test(parameter.folded) ||
    (parameter.folded === 'mode' &&
      parameter.choices.filter(each => nameActions(each, none)[0]?.start === 0).length < 2)
  const http = parameter.choices.filter(each => /^(?:get|post|put|patch|delete|head|options)$/i.test(each))
  if (http.length >= 2)
    return [choiceEffect(parameter, 'Execute', http.length > 2 ? 0.85 : 0.6, http.at(-1) ?? '', 'Destructive')]
  for (const choice of parameter.choices) {
    const action = nameActions(choice, none)[0]
    if (action === undefined || (action.start > 0 && isTyped)) continue
    if (isTyped && action.weight < 0.85) continue
    const { category, strength, also } = meaningOf(action, setting)
    found.push(
      choiceEffect(parameter, category, strength * Math.max(action.weight, 0.8) * (isTyped ? 0.7 : 0.95), choice, also),
    )
  }
  if (found.length < 2 || found.length * 2 < parameter.choices.length) return []
  return found
}

const none: ReadonlySet<string> = new Set()

function choiceEffect(
  parameter: Parameter,
  category: Category,
  strength: number,
  choice: string,
  also?: Category,
): Effect {
  return {
    category,
    strength,
    source: 'schema',
    ...(also === undefined ? {} : { also }),
    evidence: {
      where: 'schema',
      pointer: `${parameter.choicesPointer}/${Math.max(0, parameter.choices.indexOf(choice))}`,
      ...quoteOf(choice, 0, choice.length),
      says: category,
      note: 'one of the actions an argument chooses',
    },
  }
}

/** Code in an argument executes, unless it is only stored, judged or explained, or its language cannot write. */
function codeEffects(code: readonly CodeParameter[], verb: Action | undefined): readonly Effect[] {
  return code.map(({ parameter, kind, isReadOnly }) => {
    const isStored =
      verb !== undefined &&
      /^(?:make|change|put|keep|delete|link|toggle|overwrite|restore|send|unlink)$/.test(verb.sense)
    const isJudged =
      verb !== undefined &&
      (verb.sense === 'compute' ||
        /^(?:validate|lint|verify|explain|check|analyze|analyse|review|suggest|highlight|format|describe|diff|compare|translate|inspect|convert|score|summarize|generate|render|transcribe|draw)$/.test(
          verb.verb,
        ))
    const category: Category = isReadOnly || isJudged ? 'Read' : isStored ? 'Write' : 'Execute'
    const strength = isReadOnly ? 0.8 : isJudged || isStored ? 0.3 : kind === 'definition' ? 0.4 : 0.88
    return {
      category,
      strength,
      source: 'schema' as const,
      ...(category === 'Execute' ? {} : { also: 'Execute' as const }),
      evidence: {
        where: 'schema' as const,
        pointer: parameter.pointer,
        ...quoteOf(parameter.name, 0, parameter.name.length),
        says: category,
        ...(isReadOnly ? { rule: 'e' } : {}),
        note: isReadOnly
          ? 'a query language that cannot write'
          : isStored
            ? 'code that is stored'
            : isJudged
              ? 'code that is only read'
              : `an argument is ${kind === 'sql' ? 'SQL' : kind === 'shell' ? 'a command' : kind === 'graphql' ? 'GraphQL' : 'code'}`,
      },
    }
  })
}

/** Switches that make a change worse: `overwrite`, `dropTarget`, `initScript`. */
function parameterEffects(subject: Subject): readonly Effect[] {
  const found: Effect[] = []
  for (const each of subject.parameters.filter(each => each.depth <= 1)) {
    const quote = quoteOf(each.name, 0, each.name.length)
    const schema = (category: Category, strength: number, note: string): Effect => ({
      category,
      strength,
      source: 'schema',
      evidence: { where: 'schema', pointer: each.pointer, ...quote, says: category, note },
    })
    if (
      /^(?:droptarget|overwrite|overwriteexisting|replaceexisting|allowoverwrite|forceoverwrite|clobber|harddelete|permanentdelete|purge|dropexisting|deletesource)$/.test(
        each.folded,
      )
    )
      found.push(schema('Destructive', 0.6, 'a switch that destroys what is there'))
  }
  return found
}

/** Annotations are a hint of the server's author, never the verdict. */
function annotationEffects({ annotations }: Subject): readonly Effect[] {
  const found: Effect[] = []
  const add = (key: string, category: Category, strength: number) =>
    found.push({
      category,
      strength,
      source: 'annotation',
      evidence: {
        where: 'annotation',
        pointer: `/annotations/${key}`,
        ...quoteOf(key, 0, key.length),
        says: category,
        note: `${key} is ${String(annotations[key])}`,
      },
    })
  if (annotations['readOnlyHint'] === true) add('readOnlyHint', 'Read', 0.4)
  else if (annotations['destructiveHint'] === true) add('destructiveHint', 'Destructive', 0.15)
  else if (annotations['readOnlyHint'] === false) add('readOnlyHint', 'Write', 0.3)
  return found
}

/** Effects that the text takes back: documentation only, nothing executed, read-only. */
function shielded(effects: readonly Effect[], subject: Subject, code: readonly CodeParameter[]): readonly Effect[] {
  const head = subject.description.slice(0, shieldCharsMax)
  const documents = sayDocumenting(head)
  const harmless = sayHarmless(subject.description)
  const canExecute = code.some(each => !each.isReadOnly)
  const isDryName = /(?:^|[_-])(?:dry[_-]?run|preview|simulate|estimate|quote)(?:[_-]|$)/i.test(subject.name)
  const firstVerb = effects.find(each => each.source === 'description')
  const isDocument =
    documents !== undefined && (firstVerb === undefined || rankOf[firstVerb.category] <= rankOf.Execute) && !canExecute
  const factor = isDocument ? 0.3 : isDryName ? 0.5 : harmless !== undefined && !canExecute ? 0.55 : 1
  if (factor === 1) return effects
  const phrase = isDocument ? documents : harmless
  const kept = effects.map(each =>
    each.category === 'Read' || each.source === 'schema' ? each : { ...each, strength: each.strength * factor },
  )
  return phrase === undefined ? kept : [...kept, phraseEffect(subject, phrase, 'Read', 0.7)]
}

const shieldCharsMax = 500

/** Phrases of the whole description that make a change worse, or that say that nothing is changed. */
function phraseEffects(subject: Subject, effects: readonly Effect[]): readonly Effect[] {
  const text = subject.description
  const found: Effect[] = []
  const worst = worstOf(effects.filter(each => each.strength >= 0.5).map(each => each.category))
  if (worst !== undefined && worst !== 'Read') {
    const over = sayOverwriting(text)
    if (over !== undefined) found.push({ ...phraseEffect(subject, over, 'Destructive', 0.62, 'b'), also: 'Write' })
    const gone = sayIrreversible(text)
    if (gone !== undefined)
      found.push({ ...phraseEffect(subject, gone, 'Destructive', worst === 'Execute' ? 0.25 : 0.6), also: worst })
    const charged = sayCharging(text)
    if (charged !== undefined) found.push({ ...phraseEffect(subject, charged, 'Financial', 0.6), also: worst })
  }
  const revoked = worst === undefined || worst === 'Read' ? undefined : sayRevoking(text)
  if (revoked !== undefined) found.push({ ...phraseEffect(subject, revoked, 'Destructive', 0.5, 'c'), also: 'Write' })
  const paid = sayPaying(text)
  if (paid !== undefined) found.push(phraseEffect(subject, paid, 'Financial', 0.66))
  const all = sayEverything(text)
  if (all !== undefined) found.push({ ...phraseEffect(subject, all, 'Destructive', 0.6, 'j'), also: 'Write' })
  const only = sayReadOnly(text)
  if (only !== undefined) found.push(phraseEffect(subject, only, 'Read', 0.5))
  return found
}

function phraseEffect(
  subject: Subject,
  { start, end }: Phrase,
  category: Category,
  strength: number,
  rule?: string,
): Effect {
  return {
    category,
    strength,
    source: 'description',
    evidence: {
      where: 'description',
      pointer: '/description',
      ...quoteOf(subject.description, start, end),
      says: category,
      ...(rule === undefined ? {} : { rule }),
    },
  }
}
