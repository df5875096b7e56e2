/** Why a tool was not given the neighbouring category, in one sentence that names the quotation where there is one. */
import type { Ruling } from './category.ts'
import { type Category, rankOf } from './lexicon/senses.ts'

const absent: Readonly<Record<Category, string>> = {
  Read: 'something outlives the call',
  Write: 'nothing says that anything outlives the call',
  Execute: 'its effect is fixed: no argument is code, a command, a job or another tool',
  Destructive: 'nothing says that something is deleted, overwritten without history or revoked',
  Financial: 'nothing says that money moves or is committed',
}

const stronger: Readonly<Record<Category, string>> = {
  Read: 'it only returns information',
  Write: 'something outlives the call: it creates or changes what a person would have to put back',
  Execute: 'its effect is decided by code, a command, a job or another tool',
  Destructive: 'what it does cannot be put back',
  Financial: 'it moves money or commits to it',
}

/** The reason against `ruling.runnerUp`. */
export function reasonAgainst(ruling: Ruling, quoteOfRunnerUp: string | undefined): string {
  const { category, runnerUp, isGuess } = ruling
  if (isGuess) return 'nothing in the definition decides; the worse of the candidates was taken'
  if (quoteOfRunnerUp === undefined) {
    return rankOf[runnerUp] < rankOf[category] ? stronger[category] : absent[runnerUp]
  }
  if (rankOf[runnerUp] < rankOf[category])
    return `\`${quoteOfRunnerUp}\` speaks for it, but the worst effect counts: ${stronger[category]}`
  return `\`${quoteOfRunnerUp}\` points at it, too weakly to decide: ${stronger[category]}`
}
