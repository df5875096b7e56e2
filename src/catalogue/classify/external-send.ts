/** `external_send`: what is delivered to people or outside parties, as soon as the call is made (guidelines, "Flags"). */
import type { Evidence, RiskFlag } from './evidence.ts'
import { quoteOf } from './evidence.ts'
import { type FlagView, ofParameter, ofText } from './flag-view.ts'
import { kindsOf } from './lexicon/nouns.ts'
import { recipientParameters } from './parameters.ts'

const sendWords =
  /\b(?:send|sends|sending|post|posts|publish|publishes|reply|replies|repl(?:y|ies) to|comment|notify|notifies|invite|invites|tweet|announce|broadcast|forward|forwards|message|messages|email|emails|share|shares|submit|push|dispatch|call)\b/i

const peopleNouns =
  /\b(?:e-?mails?|messages?|comments?|repl(?:y|ies)|dms?|sms|invit(?:e|es|ation|ations)|reviews?|tweets?|threads?|announcements?|newsletters?|campaigns?|fax|letters?|notifications?|phone calls?|outbound calls?|discussions?|voicemail|whatsapp|direct message|push notification|broadcast|feedback|conversation|mail)\b/i

const machineNouns =
  /\b(?:queues?|topics?|streams?|events?|metrics?|logs?|kafka|mqtt|broker|signals?|pub\/?sub|telemetry|keys?|keystrokes?|bytes|terminal|stdin|repl|serial|transaction|commit message|error messages?|console messages?|request body|http request|cdp|rabbitmq|sqs|debug)\b/i

/** The quotations for `external_send`. */
export function sendsOut(view: FlagView): readonly Evidence[] {
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
