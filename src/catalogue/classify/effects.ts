/**
 * Every effect a definition gives reason to expect: a category, how strong the reason is, and the quotation it rests on.
 * Name, description, schema and annotations are read apart, so that each can be left out (`ignore`) to measure what it
 * contributes. Nothing is decided here.
 */
import type { Action } from './candidates.ts'
import { codeParametersOf } from './code.ts'
import { readSentences, type SentenceReading } from './description.ts'
import { quoteOf } from './evidence.ts'
import { kindsOf } from './lexicon/nouns.ts'
import { rankOf } from './lexicon/senses.ts'
import { meaningOf } from './meaning.ts'
import { nameActions } from './name-actions.ts'
import { choiceParameters, pathParameters, savingParameters } from './parameters.ts'
import { phraseEffects, shielded } from './phrase-effects.ts'
import type { Effect, Ignored, Reading, Source } from './reading.ts'
import { annotationEffects, choiceEffects, codeEffects, isData, parameterEffects } from './schema-effects.ts'
import type { ServerFacts } from './server.ts'
import { isRouterTool, settingOf, wrapperDepthOf } from './setting.ts'
import type { Subject } from './subject.ts'
import type { Meaning, Setting } from './terms.ts'

/** Reads a definition among its siblings. */
export function readEffects(subject: Subject, server: ServerFacts, ignored: Ignored = {}): Reading {
  const seen = ignored.description ? { ...subject, description: '', title: '' } : subject
  const code = codeParametersOf(seen)
  const paths = pathParameters(seen, server.isLocal)
  const saving = savingParameters(paths)
  const isRouter = isRouterTool(seen)
  const setting = settingOf(seen, server, code, saving)
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

/** `Remove` in the text of `unassign_user` is what the name says: a link is taken away. */
function inLightOf(action: Action, name: Action | undefined): Action {
  if (name?.sense === 'unlink' && (action.sense === 'remove' || action.sense === 'revoke'))
    return { ...action, sense: 'unlink' }
  if (name?.sense === 'revoke' && action.sense === 'transfer') return { ...action, sense: 'revoke' }
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
