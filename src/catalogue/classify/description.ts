/** The sentences of a description that say what the tool does, with their actions. How to use it is left out. */
import { limits } from '../../limits.ts'
import type { Action } from './candidates.ts'
import { informationNouns } from './name-actions.ts'
import { listedActions, sentenceActions } from './sentence-actions.ts'
import { sentencesOf, singular, textWords, type Word } from './text.ts'

/** One sentence that says what the tool does; `factor` is how much it counts, 0 to 1. */
export interface SentenceReading {
  readonly actions: readonly Action[]
  readonly factor: number
}

/** The sentences that say what the tool does; the first one counts fully, later ones less. */
export function readSentences(description: string, isRouter: boolean): readonly SentenceReading[] {
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
  return found.length > 0 ? found : aboutInformation(words)
}

/** `Information about …`, `The list of …`: a text without a verb that names what is returned. */
function aboutInformation(words: readonly Word[]): readonly SentenceReading[] {
  const noun = words.slice(0, 3).find(word => informationNouns.has(singular(word.text)))
  if (noun === undefined) return []
  const { text, start, end } = noun
  return [{ actions: [{ verb: text, sense: 'retrieve', objects: [], around: [], start, end, weight: 0.7 }], factor: 1 }]
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
