/** `external_send`: what is delivered to people or outside parties, as soon as the call is made (guidelines, "Flags"). */
import type { Action } from './candidates.ts'
import type { Evidence, RiskFlag } from './evidence.ts'
import { quoteOf } from './evidence.ts'
import { type FlagView, ofDescription, ofParameter, ofText } from './flag-view.ts'
import { kindsOf } from './lexicon/nouns.ts'
import { recipientParameters } from './parameters.ts'
import { sayDelivering } from './wording.ts'

const sendWords =
  /\b(?:send|sends|sending|post|posts|publish|publishes|reply|replies|repl(?:y|ies) to|comment|notify|notifies|invite|invites|tweet|announce|broadcast|forward|forwards|message|messages|email|emails|share|shares|submit|push|dispatch|call)\b/i

const peopleNouns =
  /\b(?:e-?mails?|messages?|comments?|repl(?:y|ies)|dms?|sms|invit(?:e|es|ation|ations)|reviews?|tweets?|threads?|announcements?|newsletters?|campaigns?|fax|letters?|notifications?|phone calls?|outbound calls?|discussions?|voicemail|whatsapp|direct message|push notification|broadcast|feedback|conversation|mail)\b/i

const machineNouns =
  /\b(?:queues?|topics?|streams?|events?|metrics?|logs?|kafka|mqtt|broker|signals?|pub\/?sub|telemetry|keys?|keystrokes?|bytes|terminal|stdin|repl|serial|transaction|commit message|error messages?|console messages?|request body|http request|cdp|rabbitmq|sqs|debug)\b/i

/** The quotations for `external_send`. */
export function sendsOut(view: FlagView): readonly Evidence[] {
  const { subject, category, text } = view
  if (category === 'Read') return []
  const isDraft = /\bdraft/.test(text) && !/\bsends?\b/.test(text)
  if (isDraft || /\b(?:queue|topic|stream|reaction|kafka|mqtt)\b/.test(text.slice(0, 60))) return []
  const told = sayDelivering(subject.description.slice(0, tellingCharsMax))
  if (told !== undefined) return [ofDescription(subject, told, 'external_send')]
  const notifying = subject.parameters.filter(each => each.depth === 0 && notifyingNames.test(each.folded))
  if (notifying.length > 0) return notifying.map(each => ofParameter(each, 'external_send', 'tells people'))
  if (isHook(view)) return ofText(view, /webhooks?/i, 'external_send')
  const verbs = verbsOf(view)
  const pattern = verbs.map(each => sentBy(each, view)).find(each => each !== undefined)
  if (pattern !== undefined) return evidenceOf(view, pattern, 'external_send')
  const chosen = sentByChoice(view, verbs)
  return chosen.length > 0 ? chosen : sentBesides(view)
}

function verbsOf({ reading }: FlagView): readonly Action[] {
  return [
    ...reading.nameVerbs.slice(0, 1),
    ...reading.nameVerbs.slice(1).filter(each => each.verb === 'send'),
    ...reading.headVerbs.slice(0, 1),
    ...reading.textVerbs.slice(1, 4).filter(each => each.verb === 'invite'),
  ]
}

/** What to quote when a verb delivers: sent, posted, filed, shared or published to people. */
function sentBy(verb: Action, view: FlagView): RegExp | undefined {
  const { server, subject, category, text } = view
  const nouns = verb.objects.slice(0, 4)
  const isFiled =
    /^(?:open|file|submit|raise|report|lodge)$/.test(verb.verb) && nouns.slice(0, 3).some(noun => filed.test(noun))
  const isAsked =
    verb.verb === 'request' && nouns.some(noun => /^(?:review|reviewer|approval|signature|feedback)$/.test(noun))
  if (isFiled || isAsked) return /ticket|claim|complaint|bug|inquiry|enquiry|request|dispute|feedback/i
  const toPeople = nouns.some(noun => kindsOf(noun).has('people'))
  const isMachine = machineNouns.test(text.slice(0, 160)) && recipientParameters(subject).length === 0
  if ((isMachine && !toPeople) || (category === 'Destructive' && verb.weight < 0.8)) return undefined
  const isPosted =
    server.isCodeHost &&
    (verb.sense === 'make' || verb.verb === 'open' || verb.verb === 'publish') &&
    /\b(?:issue|pull request|merge request|pr|release|gist|discussion|review|comment)\b/.test(text.slice(0, 120))
  if (verb.verb === 'share')
    return /\b(?:permission|drive|file|folder|document|vault)\b/.test(text.slice(0, 160)) ? undefined : peopleNouns
  if (verb.verb === 'publish') return isPosted || isPublicText.test(text.slice(0, 200)) ? peopleNouns : undefined
  const isSend = (verb.sense === 'send' || /^(?:invite|forward)$/.test(verb.verb)) && (toPeople || sendsByName(view))
  const isMade = (verb.sense === 'make' || verb.sense === 'link') && toPeople && verb.verb !== 'stage'
  return isPosted || isSend || (isMade && isDelivered(text)) ? peopleNouns : undefined
}

const filed = /^(?:ticket|claim|complaint|bug|enquiry|inquiry|request|dispute|abuse)$/

/** Values of an argument that deliver: `reply`, `publish`, `add` where it is comments that are added. */
function sentByChoice({ reading, subject, text }: FlagView, verbs: readonly Action[]): readonly Evidence[] {
  const choices = reading.choices.flatMap(each => each.choices)
  if (choices.some(each => /^(?:send|reply|post|comment|invite|publish|forward|notify)/i.test(each)))
    return reading.choices.map(each => ofParameter(each, 'external_send', 'one of the actions sends'))
  const isAboutPeople = /\b(?:comments?|messages?|repl(?:y|ies)|reviews?|invitations?|invites?|pull requests?)\b/.test(
    text.slice(0, 60),
  )
  if (isAboutPeople && choices.some(each => /^(?:add|create|new|open)/i.test(each)))
    return reading.choices.map(each => ofParameter(each, 'external_send', 'one of the actions reaches people'))
  const publishing = subject.parameters.filter(each => each.choices.some(choice => /^publish(?:ed)?$/i.test(choice)))
  if (verbs.some(each => each.sense === 'make') && isPublicText.test(text.slice(0, 200)))
    return publishing.map(each => ofParameter(each, 'external_send', 'may publish'))
  return []
}

/** Filters that forward mail, reviews with a comment, uploads to a page, routers that send. */
function sentBesides(view: FlagView): readonly Evidence[] {
  const { reading, subject, server, text } = view
  const forwards =
    /\bforward\w* (?:all |incoming |matching )?(?:e-?mails?|mail|messages?)|\bforward(?:ing)? (?:address|to)\b/i.test(
      subject.description,
    ) || subject.parameters.some(each => /^forward(?:to|address)?$/.test(each.folded))
  if (forwards && /\b(?:filter|rule)\b/.test(text)) return evidenceOf(view, /forward\w*|filter|rule/i, 'external_send')
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

const tellingCharsMax = 1_000

/** Arguments that have people told: `notify_attendees`, `send_invitation`. */
const notifyingNames =
  /^(?:send(?:an)?(?:e?mails?|notifications?|invites?|invitations?|sms|receipt|updates)|sendto(?:recipients?|client|customer|invoicer)|notify(?!ing|url|on)\w+|emailto|emailcustomer)$/

const isPublicText = /\b(?:posts?|article|page|blog|video|newsletter|public|publicly|social|documentation|website)\b/

/** A webhook that is made or changed delivers to an address of the caller's choice from then on. */
function isHook({ reading, subject, text }: FlagView): boolean {
  const verb = reading.nameVerbs[0] ?? reading.headVerbs[0]
  return (
    verb !== undefined &&
    /^(?:make|change|put|run)$/.test(verb.sense) &&
    /\bweb ?hooks?\b/.test(text.slice(0, 100)) &&
    subject.parameters.some(each => /(?:url|endpoint|destination)$|^webhookid$/.test(each.folded))
  )
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
    /\b(?:comment|review|reply|message|invit\w+|announcement|tweet|post|notification|call|discussion|thread|sms|email|feedback|mail)\b/.test(
      text.slice(0, 120),
    ) &&
    !/\b(?:label|filter|suppression|blocklist|segment|audience|list|template|draft|signature|rule|blog_?id|setting|channel type|review session|thread id)\b/.test(
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
