/** `url_input` and `open_world`: where a call may go, by the caller's choice or by what the server is for. */
import type { Evidence } from './evidence.ts'
import { type FlagView, ofParameter, ofText } from './flag-view.ts'
import type { Category } from './lexicon/senses.ts'
import { recipientParameters, urlParameters } from './parameters.ts'
import type { Reading } from './reading.ts'
import type { Parameter, Subject } from './subject.ts'

const openWords =
  /\b(?:web[- ](?:search|grounded|grounding)|search(?:es)? (?:the )?(?:web|internet)|tweets?|public (?:\w+ )?(?:registr(?:y|ies)|marketplace|repositories|index)|internet|public web|world wide web|any url|arbitrary url|news (?:articles?|search)|google (?:search|maps|places|scholar)|brave search|bing|duckduckgo|wikipedia|youtube|reddit|twitter|hacker news|places|geocod\w+|coordinates|directions|distance matrix|elevation|arxiv|pubmed|crawl\w*|scrap\w+|search engine|weather|npm registry|docker hub|pypi|rss|browser)\b/i

/** The quotations for `open_world`. */
export function reachesOut(view: FlagView): readonly Evidence[] {
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
  const sends = view.isSent
  if (
    sends &&
    (recipientParameters(subject).some(each =>
      /mail|^to$|^cc$|phone|number|tonumber|recipient|attendee|invitee|guest/.test(each.folded),
    ) ||
      /\bweb ?hooks?\b/.test(text.slice(0, 100)) ||
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

/** Addresses the tool itself goes to; what is made or changed only stores them. */
export function contactedUrls(subject: Subject, reading: Reading, category: Category): readonly Parameter[] {
  const verb = reading.nameVerbs[0] ?? reading.headVerbs[0]
  const isStored =
    verb !== undefined &&
    /^(?:make|change|link|put|toggle|send|grant)$/.test(verb.sense) &&
    !/^(?:import|clone|upload|ingest|pull|new|crawl)$/.test(verb.verb) &&
    !/page|tab/.test(subject.name)
  const isMild = !isStored && category !== 'Destructive' && category !== 'Financial'
  return urlParameters(subject)
    .filter(each => each.isSource || (isMild && each.isContacted))
    .map(each => each.parameter)
}
