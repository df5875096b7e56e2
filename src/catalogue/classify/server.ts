/**
 * What a server's tools say together: words their names share (its own name), and what kind of server it is. Computed
 * once per list; a single tool is judged as a list of one.
 */
import { limits } from '../../limits.ts'
import type { Subject } from './subject.ts'
import { nameWords } from './text.ts'
import { verbOf } from './lexicon/verbs.ts'

export interface ServerFacts {
  /** First words of names that are the server's own name or a vendor's. */
  readonly prefix: ReadonlySet<string>
  readonly names: ReadonlySet<string>
  /** Drives a browser or a device that shows pages. */
  readonly isBrowser: boolean
  /** A host of public repositories, issues and reviews. */
  readonly isCodeHost: boolean
  /** Wallets, tokens, exchanges. */
  readonly isMarket: boolean
  /** Stands on the machine of the agent: paths are local paths. */
  readonly isLocal: boolean
}

interface Trait {
  readonly pattern: RegExp
  /** Share of the tools whose text matches, from which on the server is of the kind. */
  readonly share: number
}

const traits = {
  isBrowser: {
    pattern: /\b(?:browser|web ?page|dom|viewport|devtools|tab|screenshot|accessibility (?:tree|snapshot)|css selector|emulator|simulator|tap|swipe|mobile device|on screen|ios|android)\b/i,
    share: 0.35,
  },
  isCodeHost: { pattern: /\b(?:github|gitlab|bitbucket|gitea|pull request|merge request)\b/i, share: 0.4 },
  isMarket: {
    pattern: /\b(?:blockchain|crypto\w*|wallet|erc-?(?:20|721|1155)|nft|defi|on-?chain|testnet|exchange|ticker|portfolio|brokerage|leverage|stak(?:e|ing)|gas fee|trading)\b/i,
    share: 0.25,
  },
  isLocal: {
    pattern: /\b(?:absolute path|file ?system|local (?:file|path|machine|director|git)|working directory|workspace|directory)\b/i,
    share: 0.25,
  },
} as const satisfies Readonly<Record<string, Trait>>

/** The facts of a list of tools. Linear in their texts, of which only the beginnings are read. */
export function serverFactsOf(subjects: readonly Subject[]): ServerFacts {
  const counts = { isBrowser: 0, isCodeHost: 0, isMarket: 0, isLocal: 0 }
  for (const subject of subjects) {
    const text = `${subject.name.replaceAll(/[_-]/g, ' ')} ${subject.description.slice(0, limits.classifyTraitCharsMax)}`
    for (const key of Object.keys(counts) as (keyof typeof counts)[]) if (traits[key].pattern.test(text)) counts[key] += 1
  }
  const of = (key: keyof typeof counts) => counts[key] >= Math.max(1, subjects.length * traits[key].share)
  return {
    prefix: sharedPrefix(subjects),
    names: new Set(subjects.map(subject => subject.name)),
    isBrowser: of('isBrowser'),
    isCodeHost: of('isCodeHost'),
    isMarket: of('isMarket'),
    isLocal: of('isLocal'),
  }
}

/** First words that most names share and that are not verbs in their own right. */
function sharedPrefix(subjects: readonly Subject[]): ReadonlySet<string> {
  const shared = new Set<string>()
  if (subjects.length < toolsForPrefix) return shared
  for (const place of [0, 1]) {
    const counts = new Map<string, number>()
    for (const { name } of subjects) {
      const words = nameWords(name)
      const word = words[place]?.text
      if (word !== undefined && (place === 0 || shared.has(words[0]?.text ?? ''))) counts.set(word, (counts.get(word) ?? 0) + 1)
    }
    for (const [word, count] of counts) {
      const verb = verbOf(word)
      if (count >= subjects.length * prefixShare && (verb === undefined || verb.isNounLike)) shared.add(word)
    }
  }
  return shared
}

/** Fewer names than this share a word by chance. */
const toolsForPrefix = 3
const prefixShare = 0.6
