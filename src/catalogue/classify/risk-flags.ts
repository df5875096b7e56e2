/**
 * The nine flags of the guidelines, each with the quotation it rests on. A flag is a fact about how a tool can be used,
 * not about how bad it is; the category is decided elsewhere.
 */

import { type Evidence, flagNames, quoteOf, type RiskFlag } from './evidence.ts'
import { kindsOf } from './lexicon/nouns.ts'
import type { Category } from './lexicon/senses.ts'
import { recipientParameters, secretParameters, urlParameters } from './parameters.ts'
import type { Reading } from './reading.ts'
import type { ServerFacts } from './server.ts'
import type { Parameter, Subject } from './subject.ts'
import { singular } from './text.ts'

export interface RiskFlags {
  readonly flags: readonly RiskFlag[]
  readonly evidence: readonly Evidence[]
}

type Finder = (seen: FlagView) => readonly Evidence[]

interface FlagView {
  readonly subject: Subject
  readonly server: ServerFacts
  readonly reading: Reading
  readonly category: Category
  /** Name as words and the head of the description, lower case. */
  readonly text: string
}

/** The flags of a tool whose category is known, in the order of the guidelines. */
export function riskFlagsOf(subject: Subject, server: ServerFacts, reading: Reading, category: Category): RiskFlags {
  const spaced = subject.name.replaceAll(/([a-z])([A-Z])/g, '$1 $2').replaceAll(/[_.-]/g, ' ')
  const view = {
    subject,
    server,
    reading,
    category,
    text: `${spaced}. ${aboutTool(subject.description)}`.toLowerCase(),
  }
  const flags: RiskFlag[] = []
  const evidence: Evidence[] = []
  for (const flag of flagNames) {
    const found = finders[flag](view)
    if (found.length === 0) continue
    flags.push(flag)
    evidence.push(...found.slice(0, quotesPerFlagMax))
  }
  return { flags, evidence }
}

const textCharsMax = 600

/** The beginning of a description, up to where it lists its arguments. */
function aboutTool(description: string): string {
  const head = description.slice(0, textCharsMax)
  const args = /\b(?:args|arguments|parameters|inputs?):/i.exec(head)
  return args === null ? head : head.slice(0, args.index)
}
const quotesPerFlagMax = 3

const finders: Readonly<Record<RiskFlag, Finder>> = {
  external_send: sendsOut,
  secret_input: ({ subject }) => secretParameters(subject).map(each => ofParameter(each, 'secret_input')),
  secret_output: revealsSecrets,
  freeform_code: takesCode,
  file_path: ({ reading }) => reading.paths.map(each => ofParameter(each, 'file_path')),
  url_input: ({ subject, reading, category }) =>
    contactedUrls(subject, reading, category).map(each => ofParameter(each, 'url_input')),
  bulk: changesMany,
  open_world: reachesOut,
  multiplex: choosesAction,
}

/** Addresses the tool itself goes to; what is made or changed only stores them. */
function contactedUrls(subject: Subject, reading: Reading, category: Category): readonly Parameter[] {
  const verb = reading.nameVerbs[0] ?? reading.headVerbs[0]
  const isStored =
    verb !== undefined &&
    /^(?:make|change|link|put|toggle|send|grant)$/.test(verb.sense) &&
    !/^(?:import|clone|upload|ingest|pull|new|crawl)$/.test(verb.verb) &&
    !/page|tab/.test(subject.name)
  if (isStored || category === 'Destructive' || category === 'Financial') return []
  return urlParameters(subject)
    .filter(each => each.isContacted)
    .map(each => each.parameter)
}

/** Code that runs elsewhere; text that is only judged is not. */
function takesCode(view: FlagView): readonly Evidence[] {
  const { reading, category } = view
  const verb = reading.nameVerbs[0] ?? reading.headVerbs[0]
  const isJudged =
    category === 'Read' &&
    verb !== undefined &&
    /^(?:validate|lint|verify|explain|format|check|parse|score|analyze|review|diff|compare|export|highlight|test)$/.test(
      verb.verb,
    )
  if (reading.code.length > 0)
    return isJudged ? [] : reading.code.map(each => ofParameter(each.parameter, 'freeform_code'))
  return reading.isRouter
    ? ofText(view, /\b(?:executing (?:sql|\w+) quer\w+|(?:sql|kql|kusto) quer\w+)/i, 'freeform_code')
    : []
}

function ofParameter(parameter: Parameter, says: RiskFlag, note?: string): Evidence {
  return {
    where: 'schema',
    pointer: parameter.pointer,
    ...quoteOf(parameter.name, 0, parameter.name.length),
    says,
    ...(note === undefined ? {} : { note }),
  }
}

/** A quotation of the first match in name or description; nothing when the pattern is absent. */
function ofText({ subject }: FlagView, pattern: RegExp, says: RiskFlag): readonly Evidence[] {
  const spaced = subject.name.replaceAll(/[_.-]/g, ' ')
  const inName = pattern.exec(spaced)
  if (inName !== null)
    return [
      {
        where: 'name',
        pointer: '/name',
        ...quoteOf(subject.name, inName.index, inName.index + inName[0].length),
        says,
      },
    ]
  const match = pattern.exec(subject.description.slice(0, textCharsMax))
  if (match === null) return []
  return [
    {
      where: 'description',
      pointer: '/description',
      ...quoteOf(subject.description, match.index, match.index + match[0].length),
      says,
    },
  ]
}

const sendWords =
  /\b(?:send|sends|sending|post|posts|publish|publishes|reply|replies|repl(?:y|ies) to|comment|notify|notifies|invite|invites|tweet|announce|broadcast|forward|forwards|message|messages|email|emails|share|shares|submit|push|dispatch|call)\b/i
const peopleNouns =
  /\b(?:e-?mails?|messages?|comments?|repl(?:y|ies)|dms?|sms|invit(?:e|es|ation|ations)|reviews?|tweets?|threads?|announcements?|newsletters?|campaigns?|fax|letters?|notifications?|phone calls?|outbound calls?|discussions?|voicemail|whatsapp|direct message|push notification|broadcast|feedback|conversation|mail)\b/i
const machineNouns =
  /\b(?:queues?|topics?|streams?|events?|metrics?|logs?|kafka|mqtt|broker|signals?|pub\/?sub|telemetry|keys?|keystrokes?|bytes|terminal|stdin|repl|serial|transaction|commit message|error messages?|console messages?|request body|http request|cdp|rabbitmq|sqs|debug)\b/i

function sendsOut(view: FlagView): readonly Evidence[] {
  const { reading, subject, server, category, text } = view
  if (category === 'Read') return []
  const verbs = [
    ...reading.nameVerbs.slice(0, 1),
    ...reading.headVerbs.slice(0, 1),
    ...reading.textVerbs.slice(1, 4).filter(each => each.verb === 'invite'),
  ]
  const isDraft = /\bdraft/.test(text) && !/\bsends?\b/.test(text)
  if (isDraft) return []
  if (/\b(?:queue|topic|stream|reaction|kafka|mqtt)\b/.test(text.slice(0, 60))) return []
  if (
    /\bnotif(?:y|ies|ying) (?:everyone|all|people|users?|members?|the team|watchers|subscribers|attendees)/.test(text)
  )
    return ofText(view, /notif(?:y|ies|ying) \w+/i, 'external_send')
  const isMachine = machineNouns.test(text.slice(0, 160)) && recipientParameters(subject).length === 0
  const choices = reading.choices.flatMap(each => each.choices)
  for (const verb of verbs) {
    const nouns = verb.objects.slice(0, 4)
    const toPeople = nouns.some(noun => kindsOf(noun).has('people'))
    const isSend = verb.sense === 'send' || /^(?:invite|share|forward|publish)$/.test(verb.verb)
    const isMade = (verb.sense === 'make' || verb.sense === 'link') && toPeople && verb.verb !== 'stage'
    const isPosted =
      server.isCodeHost &&
      verb.sense === 'make' &&
      /\b(?:issue|pull request|merge request|pr|release|gist|discussion|review|comment)\b/.test(text.slice(0, 120))
    const isShared =
      verb.verb === 'share' && !/\b(?:permission|drive|file|folder|document|vault)\b/.test(text.slice(0, 160))
    if (isMachine && !toPeople) continue
    if (
      verb.verb === 'request' ||
      (verb.verb === 'publish' &&
        !/\b(?:post|article|page|blog|video|newsletter|public|publicly|social|documentation)\b/.test(
          text.slice(0, 200),
        ))
    )
      continue
    if (
      verb.verb === 'share'
        ? isShared
        : isPosted || (isSend && (toPeople || sendsByName(view))) || (isMade && isDelivered(text))
    )
      return evidenceOf(view, peopleNouns, 'external_send')
  }
  const forwards =
    /\bforward\w* (?:all |incoming |matching )?(?:e-?mails?|mail|messages?)|\bforward(?:ing)? (?:address|to)\b/i.test(
      subject.description,
    ) || subject.parameters.some(each => /^forward(?:to|address)?$/.test(each.folded))
  if (forwards && /\b(?:filter|rule)\b/.test(text)) return evidenceOf(view, /forward\w*|filter|rule/i, 'external_send')
  if (choices.some(each => /^(?:send|reply|post|comment|invite|publish|forward|notify)/i.test(each)))
    return reading.choices.map(each => ofParameter(each, 'external_send', 'one of the actions sends'))
  if (
    /\breview/.test(text.slice(0, 40)) &&
    subject.parameters.some(each => each.folded === 'comment' || each.folded === 'body')
  )
    return ofText(view, /review\w*/i, 'external_send')
  if (server.isBrowser && /\bupload/.test(text) && reading.paths.length > 0)
    return evidenceOf(view, /upload/i, 'external_send')
  if (/\bsend(?:ing|s)? (?:sms|emails?|messages?)/.test(text) && reading.isRouter)
    return evidenceOf(view, /send\w* (?:sms|e-?mails?|messages?)/i, 'external_send')
  return []
}

function sendsByName({ text, subject }: FlagView): boolean {
  return (
    (peopleNouns.test(text.slice(0, 200)) || recipientParameters(subject).length > 0) &&
    !machineNouns.test(text.slice(0, 80))
  )
}

/** Comments, reviews, invitations and messages reach people as soon as they are made. */
function isDelivered(text: string): boolean {
  return (
    /\b(?:comment|review|reply|message|invit\w+|announcement|tweet|post|notification|call|discussion|thread|sms|email|feedback|mail|campaign)\b/.test(
      text.slice(0, 120),
    ) &&
    !/\b(?:label|filter|template|draft|signature|rule|blog_?id|setting|channel type|review session|thread id)\b/.test(
      text.slice(0, 90),
    )
  )
}

function evidenceOf(view: FlagView, pattern: RegExp, says: RiskFlag): readonly Evidence[] {
  const found = ofText(view, pattern, says)
  if (found.length > 0) return found
  const found2 = ofText(view, sendWords, says)
  if (found2.length > 0) return found2
  const { name } = view.subject
  return [{ where: 'name', pointer: '/name', ...quoteOf(name, 0, name.length), says }]
}

const secretOutputs =
  /\b(?:env(?:ironment)?[ _-]?var(?:iable)?s?|secrets?|cookies?|credentials?|api[ _-]?keys?|access[ _-]?(?:keys?|tokens?)|private[ _-]?keys?|passwords?|kubeconfig|connection[ _-]?strings?|pre-?signed|signed[ _-]urls?|client[ _-]secrets?|ssh private|storage[ _-]state|session tokens?|auth(?:entication|orization)? (?:tokens?|headers?)|service account keys?|totp|one-time (?:password|code)|seed phrase|mnemonic|sas[ _-](?:token|url)|bearer|temporary (?:download )?url|config ?vars?|key vault|client[ _-]side[ _-]tokens?|secret ?keys?|\w*secretkey|(?:global |environment |config |ci\/cd |project |pipeline |collection )variables?|(?:api|access) tokens)\b/i

function revealsSecrets(view: FlagView): readonly Evidence[] {
  const { subject, category, reading, text } = view
  const about = secretOutputs.exec(text.slice(0, 220))
  const verb = reading.nameVerbs[0] ?? reading.headVerbs[0]
  const isInput =
    about !== null &&
    /(?:from|using|with|via|current|by|of a|given) (?:an? |the |your )?(?:\w+ )?$/.test(text.slice(0, about.index))
  if (isInput) return []
  const isReading = category === 'Read' || verb?.sense === 'retrieve' || verb?.sense === 'produce'
  const returns =
    /\b(?:returns?|retriev\w+|gets?|lists?|shows?|reads?|outputs?|generat\w+|fetch\w*|includ\w+|full details)\b/i
  const head = text.slice(0, 220)
  if (
    about !== null &&
    isReading &&
    returns.test(text) &&
    !/\b(?:without (?:secrets?|revealing|their values)|values? (?:are|is) (?:hidden|masked|redacted|never|not)|masked|redacted|scan\w*|detect\w*|names only|not (?:include|return|expose)\w*|never (?:included|returned)|omitted|write-only|analy[sz]es|audit|polic(?:y|ies)|types? of|best practice)\b/i.test(
      text,
    )
  )
    return ofText(view, secretOutputs, 'secret_output')
  if (
    verb?.sense === 'make' &&
    /\b(?:api[ _-]?key|access[ _-]?token|client[ _-]side[ _-]token|personal access|service account key|secret key|credential)\b/i.test(
      subject.name.replaceAll(/[_-]/g, ' '),
    ) &&
    !/\bsecret value\b/.test(text)
  )
    return ofText(view, /key|token|credential|secret/i, 'secret_output')
  if (
    /\bnetwork[ _-]requests?\b/.test(head) &&
    /\b(?:headers|details|full)\b/.test(text) &&
    isReading &&
    !/\blist/.test(text.slice(0, 40))
  )
    return ofText(view, /network[ _-]requests?|headers/i, 'secret_output')
  return []
}

const bulkWords =
  /\b(?:multiple|batch(?:es)?|bulk|mass|many|several|all (?:the )?(?:matching|items|records|messages|files|documents|rows|tasks|entries|selected|pending|objects|images)|up to \d+ |one or more|by filter|matching (?:the )?(?:filter|query|criteria)|in a single (?:call|request|commit|operation|api call)|at once|(?:list|array) of (?:\w+ ){0,2}(?:ids?|items|records|names))\b/i
const attributeLists =
  /^(?:labels?|labelids|tags?|owners?|ownerids|assignees?|assigneeids|attendees|lineitems|items|members|memberids|fields?|properties|options|permissions|scopes|roles|columns|parameters|args|arguments|params|headers|cc|bcc|to|recipients|attachments|steps|messages|conditions|filters?|events|types?|categories|keywords|followers?|followerids|teamids|include|expand|select|sort|sorts|projects|addlabelids|removelabelids|externallinks|links|images|blocks|children|content|choices|variables|values|requirements|dependencies|nodes|modifiers|environment|env|volumes|ports|regions|zones|domains|cols|invitees|guests|reminders|schedule|subtasks|features|goals|metadata|collections|groups|externalids|countries|languages|milestones|stages|rules|sources|inbound|outbound|inboundrules|outboundrules|toolids|subscribedevents|command|commands)$/

function changesMany(view: FlagView): readonly Evidence[] {
  const { subject, category, reading, text } = view
  if (category === 'Read') return []
  const name = subject.name.replaceAll(/([a-z])([A-Z])/g, '$1 $2').replaceAll(/[_.-]/g, ' ')
  const lists = subject.parameters.filter(each => each.isArray && each.depth <= 1)
  const inName = /\b(?:batch|bulk|many|multiple|mass)\b/i.exec(name)
  if (inName !== null) return ofText(view, /batch|bulk|many|multiple|mass/i, 'bulk')
  const nouns = new Set(
    [...(reading.nameVerbs[0]?.objects ?? []), ...(reading.headVerbs[0]?.objects.slice(0, 4) ?? [])].map(singular),
  )
  const isPlural =
    /(?:[a-z]{3,}s)$/.test(name.split(' ').at(-1) ?? '') || /(?:[a-z]{3,}s)$/.test(name.split(' ')[0] ?? '')
  const named = lists.filter(each => {
    const words = each.words.map(word => word.text)
    const isIds =
      /(?:ids|uuids|keys|names|emails|numbers|slugs|gids)$/.test(each.folded) && !attributeLists.test(each.folded)
    const head = words.findLast(word => !/^(?:ids?|uuids?|names?|keys?|list|slugs?)$/.test(word)) ?? ''
    const isObject = nouns.has(singular(head))
    return (
      (isIds && (isObject || words.length === 1)) ||
      (isObject && isPlural && !attributeLists.test(each.folded)) ||
      /^(?:entities|entitylist|deletions|relations|observations)$/.test(each.folded) ||
      (/^(?:inputs|records|items|operations|objects|entities|rows|documents|updates|ids|changes|requests|files|actions)$/.test(
        each.folded,
      ) &&
        bulkWords.test(text))
    )
  })
  if (named.length > 0) return named.map(each => ofParameter(each, 'bulk'))
  const ofMany = /\b(?:multiple|several) (?:\w+ ){0,2}\w+s\b/i.exec(subject.description.slice(0, 110))
  if (
    ofMany !== null &&
    (lists.length > 0 || subject.parameters.length === 0) &&
    !/browser|fields|upload|page/i.test(subject.name)
  )
    return ofText(view, /multiple|several/i, 'bulk')
  const filters = subject.parameters.filter(
    each => /^(?:filter|where|labelselector|query|selector|criteria)$/.test(each.folded) && each.depth === 0,
  )
  if ((category === 'Destructive' || /\b(?:update|modify|change)\b/.test(text.slice(0, 80))) && filters.length > 0)
    return filters.map(each => ofParameter(each, 'bulk'))
  const isAll =
    /\b(?:all|every)\b/.test(text.slice(0, 60)) &&
    category === 'Destructive' &&
    /\b(?:delete|purge|clear|remove|clean ?up|wipe)\b/.test(text.slice(0, 60))
  return isAll ? ofText(view, /\ball\b|\bevery\b/i, 'bulk') : []
}

const openWords =
  /\b(?:web search|search(?:es)? the (?:web|internet)|internet|public web|world wide web|websites?|web ?pages?|any url|arbitrary url|news (?:articles?|search)|google (?:search|maps|places|scholar)|brave search|bing|duckduckgo|wikipedia|youtube|reddit|twitter|hacker news|places|geocod\w+|coordinates|directions|distance matrix|elevation|arxiv|pubmed|crawl\w*|scrap\w+|search engine|weather|npm registry|docker hub|pypi|rss|browser)\b/i

function reachesOut(view: FlagView): readonly Evidence[] {
  const { subject, server, category, reading, text } = view
  const urls = contactedUrls(subject, reading, category).filter(
    each => !/baseurl|serverurl|instanceurl/.test(each.folded),
  )
  if (urls.length > 0) return urls.map(each => ofParameter(each, 'open_world'))
  if (server.isCodeHost)
    return /\bcreate (?:a )?(?:new )?(?:repositor|project)|\byour account\b|\bauthenticated user\b/.test(
      text.slice(0, 100),
    ) && !/\bfork/.test(text)
      ? []
      : ofText(view, /github|gitlab|bitbucket|repositor\w+|issues?|pull requests?|merge requests?|\w+/i, 'open_world')
  if (server.isWeb && isPageTool(view))
    return ofText(view, /page|element|click|screenshot|snapshot|console|network|keyboard|text|\w+/i, 'open_world')
  const sends = sendsOut(view).length > 0
  if (
    sends &&
    (recipientParameters(subject).some(each => /mail|^to$|^cc$|phone|number|tonumber|recipient/.test(each.folded)) ||
      /\b(?:sms|e-?mail|forward)\b/.test(text.slice(0, 200)))
  )
    return ofText(view, /e-?mails?|sms|messages?|calls?|filter|\w+/i, 'open_world')
  if (sends && /\bpublic|social|tweet|post to\b/.test(text.slice(0, 120)))
    return ofText(view, /public|social|tweet|post/i, 'open_world')
  if (server.isPublic && category === 'Read')
    return ofText(view, openWords, 'open_world')
      .concat(ofText(view, /\w+/, 'open_world'))
      .slice(0, 1)
  const head = text.slice(0, 240)
  const isOwn = /\b(?:documentation|docs|your|workspace|account)\b/.test(head.slice(0, 120))
  if (
    openWords.test(head) &&
    !isOwn &&
    subject.annotations['openWorldHint'] !== false &&
    (category === 'Read' || reading.code.length > 0)
  )
    return ofText(view, openWords, 'open_world')
  return []
}

/** Of a browser's tools: those that see or touch a page, not those about the tool's own windows. */
function isPageTool({ text, reading, category }: FlagView): boolean {
  const head = text.slice(0, 160)
  if (
    /\b(?:resize|close|list (?:of )?pages|select_page|select page|emulat\w*|heap|trace|insight|screencast|orientation|list apps|devices?|install|window size|tabs? list|crash|location|performance|context for)\b/.test(
      head,
    )
  )
    return false
  const code = reading.code.length > 0
  return (
    code || category !== 'Read' || /\b(?:page|element|dom|console|network|screenshot|snapshot|css|text)\b/.test(head)
  )
}

function choosesAction({ reading, subject }: FlagView): readonly Evidence[] {
  const found = reading.choices.filter(each => !/^(?:type|event|state|kind)$/.test(each.folded))
  const acting = found.filter(
    each =>
      !(
        each.folded === 'mode' &&
        each.choices.every(choice => /^(?:full|minimal|fast|standard|summary|detailed|compact|basic)$/i.test(choice))
      ),
  )
  if (acting.length > 0) return acting.map(each => ofParameter(each, 'multiplex'))
  if (reading.isRouter)
    return subject.parameters
      .filter(each => /^(?:command|operation|action|subcommand|tool|toolname)$/.test(each.folded))
      .slice(0, 1)
      .map(each => ofParameter(each, 'multiplex'))
  return []
}
