/**
 * What a server's tools say together: words their names share (its own name), and what kind of server it is. Computed
 * once per list; a single tool is judged as a list of one.
 */
import { limits } from '../../limits.ts'
import { verbOf } from './lexicon/verbs.ts'
import type { Subject } from './subject.ts'
import { nameWords } from './text.ts'

/** What is known of a server from the list of its tools. */
export interface ServerFacts {
  /** First words of names that are the server's own name or a vendor's. */
  readonly prefix: ReadonlySet<string>
  readonly names: ReadonlySet<string>
  /** Drives a browser or a device that shows pages. */
  readonly isBrowser: boolean
  /** Drives a web browser. */
  readonly isWeb: boolean
  /** Most tools look at public places: the web, maps, papers. */
  readonly isPublic: boolean
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
  isCodeHost: { pattern: /\b(?:github|gitlab|bitbucket|gitea|pull request|merge request)\b/i, share: 0.4 },
  isMarket: {
    pattern:
      /\b(?:blockchain|crypto\w*|wallet|erc-?(?:20|721|1155)|nft|defi|on-?chain|testnet|exchange|ticker|portfolio|brokerage|leverage|stak(?:e|ing)|gas fee|trading|futures|perpetuals?|spot (?:order|market|trad\w+)|order ?book|limit price|margin (?:mode|balance)|funding rates?|stop[- ]loss|take[- ]profit|unfilled)\b/i,
    share: 0.25,
  },
  isLocal: {
    pattern:
      /\b(?:absolute path|file ?system|local (?:file|path|machine|director|git)|working directory|workspace|directory)\b/i,
    share: 0.25,
  },
  isPublic: {
    pattern:
      /\b(?:web search|search the web|internet|geocod\w+|coordinates|places?|directions|elevation|weather|arxiv|pubmed|wikipedia|news|websites?|web ?pages?|crawl\w*|scrap(?:e|es|ing)|papers?)\b/i,
    share: 0.5,
  },
} as const satisfies Readonly<Record<string, Trait>>

/** Arguments that name a repository of a code host. */
const repositoryNames = /^(?:repo|repository|repositoryname|reponame|repoid|repositoryid)$/

/** Words in the names of tools that move a pointer or a keyboard. */
const gestureWords = new Set(
  'click hover drag swipe tap press scroll screenshot navigate fill keyboard dialog viewport keys observe act'.split(
    ' ',
  ),
)
const gesturesOfBrowser = 3

/** The facts of a list of tools. Linear in their texts, of which only the beginnings are read. */
export function serverFactsOf(subjects: readonly Subject[]): ServerFacts {
  const counts = { isCodeHost: 0, isMarket: 0, isLocal: 0, isPublic: 0 }
  const gestures = new Set<string>()
  let showsWeb = false
  let repositories = 0
  for (const subject of subjects) {
    for (const word of nameWords(subject.name)) if (gestureWords.has(word.text)) gestures.add(word.text)
    if (/navigate|goto|open_?url|_url$|page|tab/i.test(subject.name) && !/device|mobile/i.test(subject.name))
      showsWeb = true
    const text = `${subject.name.replaceAll(/[_-]/g, ' ')} ${subject.description.slice(0, limits.classifyTraitCharsMax)}`
    if (subject.parameters.some(each => repositoryNames.test(each.folded))) repositories += 1
    for (const key of Object.keys(counts) as (keyof typeof counts)[])
      if (traits[key].pattern.test(text)) counts[key] += 1
  }
  const of = (key: keyof typeof counts) => counts[key] >= Math.max(1, subjects.length * traits[key].share)
  return {
    prefix: sharedPrefix(subjects),
    names: new Set(subjects.map(subject => subject.name)),
    isBrowser: gestures.size >= gesturesOfBrowser,
    isWeb: gestures.size >= gesturesOfBrowser && showsWeb,
    isPublic: of('isPublic'),
    isCodeHost:
      of('isCodeHost') ||
      (counts.isCodeHost > 0 && repositories >= Math.max(2, subjects.length * traits.isCodeHost.share)),
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
      if (word !== undefined && (place === 0 || shared.has(words[0]?.text ?? '')))
        counts.set(word, (counts.get(word) ?? 0) + 1)
    }
    for (const [word, count] of counts) {
      const verb = verbOf(word)
      if (count < subjects.length * prefixShare) continue
      if (verb === undefined || verb.isNounLike || (place === 0 && isVendor(subjects, word, count))) shared.add(word)
    }
  }
  return shared
}

/** A verb before other verbs is a name: `resend_list_emails`, `resend_send_email`. */
function isVendor(subjects: readonly Subject[], word: string, count: number): boolean {
  const followed = subjects.filter(({ name }) => {
    const words = nameWords(name)
    const verb = words[0]?.text === word && words[1] !== undefined ? verbOf(words[1].text) : undefined
    return verb !== undefined && !verb.isNounLike
  })
  return followed.length >= count / 2
}

/** Fewer names than this share a word by chance. */
const toolsForPrefix = 3
const prefixShare = 0.6
