/**
 * What a schema and annotations say: values that choose what is done, arguments that are code, switches that make a
 * change worse, hints of the author. Effects only; nothing is decided.
 */
import type { Action } from './candidates.ts'
import type { CodeParameter } from './code.ts'
import { quoteOf } from './evidence.ts'
import type { Category } from './lexicon/senses.ts'
import { meaningOf } from './meaning.ts'
import { nameActions } from './name-actions.ts'
import type { Effect } from './reading.ts'
import type { Parameter, Subject } from './subject.ts'
import type { Setting } from './terms.ts'

/** In `list_events` an `action` only says which are listed; in `create_request` a `method` is stored with it. */
export function isData(name: Action | undefined, parameter: Parameter): boolean {
  if (name === undefined || name.weight < 0.85) return false
  const isMade = name.sense === 'make' && !parameter.choices.some(each => nameActions(each, none)[0]?.sense === 'make')
  if (isMade && parameter.folded === 'action') return true
  return name.sense === 'retrieve' || (/^(?:make|change|put)$/.test(name.sense) && parameter.folded.endsWith('method'))
}

/** The worst of the values that choose what is done. */
export function choiceEffects(parameter: Parameter, setting: Setting, isFiltering = false): readonly Effect[] {
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
export function codeEffects(code: readonly CodeParameter[], verb: Action | undefined): readonly Effect[] {
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
export function parameterEffects(subject: Subject): readonly Effect[] {
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
export function annotationEffects({ annotations }: Subject): readonly Effect[] {
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
  else if (annotations['destructiveHint'] === true) add('destructiveHint', 'Destructive', 0.3)
  else if (annotations['readOnlyHint'] === false) add('readOnlyHint', 'Write', 0.3)
  return found
}
