/**
 * Phrases that change what a definition says it does: what cannot be undone, what is overwritten, what is only described,
 * previewed or drafted. Reviewed literals; none of them can backtrack beyond a bounded distance.
 */

/** A phrase found in a text. */
export interface Phrase {
  readonly start: number
  readonly end: number
}

const irreversible =
  /\b(?:permanently|irreversibl[ey]|irrevocabl[ey]|cannot be (?:undone|reversed|recovered|restored|reverted)|can(?:'|’)?t be (?:undone|reversed|recovered)|can not be undone|not reversible|unrecoverable|no way to (?:undo|recover)|destructive (?:operation|action|command)|this is destructive|cannot be recovered|data loss|(?:is|are|gets?|will be) (?:\w+ )?(?:gone|lost)|for good|no longer works?|stops? working|no way back|(?:access|sessions?) ends?|loses? (?:their |all )?access)\b/gi
const overwriting =
  /\b(?:overwrit(?:e|es|ing|ten)|will (?:completely )?replace (?:the |all |any )?(?:existing|entire|whole|current|previous)|replac(?:e|es|ing) (?:the |all )?(?:entire|whole|existing|complete|full) (?:content|contents|file|document|set|list|collection|configuration|config|policy|data|body|definition|page|environment|body|text)s?|replaces? (?:all )?(?:the )?(?:existing )?contents?|(?:omitted|missing|not (?:included|provided|specified|listed|present))[^.]{0,50}(?:removed|deleted|cleared|dropped|lost|unset)|replac(?:e|es|ing) (?:an|any) existing (?:file|object|document|page|entry|value|key|item)|clobber\w*|force[- ]push\w*|push(?:es)? (?:\w+ )?with force|(?:is|are|gets?|will be) (?:\w+ and )?(?:replaced(?! by| with)|overwritten|discarded|erased|wiped)|rewrit(?:es?|ing) (?:the )?(?:\w+ )?history|history (?:is|will be) rewritten|drop(?:s|ping)? (?:the )?(?:existing|target))\b/gi
const deniedBefore =
  /(?:\b(?:not|never|without|avoid\w*|prevent\w*|no|cannot|unless|instead of|rather than|won(?:'|’)t|doesn(?:'|’)t|don(?:'|’)t|refus\w+|fails? if|protect\w*|append\w*|warn\w*|before|ask|confirm)\b[^.]{0,24})$/i
const charging =
  /\b(?:(?:will be|is|are|gets?) (?:\w+ )?(?:charged|billed|invoiced)(?! (?:by|as|per)\b)|incurs? (?:a |an )?(?:cost|charge|fee)s?|(?:charges?|bills?|debits?) (?:the |your |a )?(?:customer|card|account|wallet|user|payment method|organi[sz]ation)|billable|real (?:money|trades|orders)|spends? (?:real )?(?:funds|money|credits|usdc|sol|eth|tokens)|places? (?:a |an )?(?:\w+ ){0,2}order|moves? (?:funds|money)|transfers? (?:funds|money|tokens|crypto\w*|assets|eth|bnb|sol)|on-?chain transaction|costs? \$?\d+|paid (?:plan|feature|resource|service) (?:will|is) (?:be )?(?:created|started|activated)|starts? (?:a )?(?:paid|billing)|(?:fees?|fares?|difference|amount|price|cost|budget|balance|card|customer|account|wallet)s? (?:(?:is|are|will be|gets?) )?(?:automatically |immediately |then )?(?:charged|billed|debited|deducted)|(?:charged|billed|debited|deducted) (?:to|from) (?:the|your)|fees? appl(?:y|ies)|spending (?:begins|starts)|refunds? (?:the )?(?:money|buyer|customer|payer|guest))\b/gi
/** Strong enough to stand against a verb that reads. */
const paying =
  /\b(?:will be (?:paid|charged|billed|debited) (?:automatically|from)|automatic(?:ally)? (?:\w+ ){0,3}(?:payments?|pays?)|(?:only|then) pays? (?:if|when)|pays? automatically|payment is (?:made|sent)|(?:gives?|gets?|pays?) [^.]{0,30}money back|spends? (?:your )?(?:credits|funds|usdc))\b/gi
const documenting =
  /\b(?:(?:returns?|provid(?:e|es|ing)|gets?|retriev\w+|shows?|gives?|fetch\w*|offers?|serves?|displays?|delivers?)(?: [\w-]+,?){0,8} (?:documentation|docs|guides?|guidelines?|guidance|instructions?|best practices?|tutorials?|how-to|checklists?|primer|cheat ?sheet|runbooks?|walkthroughs?|prompt template|code examples|recommendations)|guide llm|step-by-step (?:guidance|instructions|guidelines|workflow))\b/gi
const harmless =
  /\b(?:without (?:actually )?(?:executing|running|saving|sending|making|modifying|changing|applying|creating|deploying|deleting|writing|performing|publishing|committing|storing|submitting|any side effects?)|does(?: not|n(?:'|’)t) (?:actually )?(?:execute|run|modify|change|save|send|create|write|perform|deploy|apply|make any|delete|alter|store|submit|update|mutate|affect)|no (?:changes|modifications) (?:are|is|will be) made|(?:is|are|operates?) (?:strictly )?read-only|read-only (?:operation|tool|access|query|queries)|only (?:returns|generates|retrieves|reads)|dry[- ]run only|side[- ]effect[- ]free|no side effects|simulates?|never (?:modifies|executes|writes|changes))\b/gi
const drafting =
  /\b(?:drafts?|does not send|without sending|not sent|unpublished|pending review|for review|preview)\b/gi
const people =
  '(?:recipients?|attendees?|guests?|users?|students?|members?|customers?|clients?|subscribers?|participants?|invitees?|buyers?|requesters?|assignees?|followers?|watchers?|responders?|everyone|employees?|candidates?|team|reviewers?|owners?|contacts?|tenants?|patients?|parents?|signers?|admins?|people|authors?|payers?|parties|others)'
/** One of these is in every phrase that says so. */
const tellingWords = /notif|mail|invit|messag|inform|alert|paged|pages|texts|texted|sms|pings/i
const delivering = new RegExp(
  `\\b(?:(?:notif(?:y|ies|ying)|e-?mails?|mails|pages|texts|alerts|messages|informs|invites|pings) (?:(?:all|every|any|each) (?:of )?)?(?:(?:the|its|their|your|on-call|new|affected|assigned|other|relevant) ){0,3}${people}|(?:${people}|they|each|who) (?:\\w+ )?(?:gets?|receives?|is|are|will (?:be|get|receive)) (?:then |also |automatically )?(?:an? |the )?(?:\\w+ )?(?:e-?mail(?:ed)?|mailed|notified|notifications?|invited|invitations?|invites?|informed|alerted|messaged?|paged|texted|sms)|(?:e-?mail|notification|invitation|invite|message|sms) (?:is|gets|will be) (?:sent|delivered))\\b`,
  'gi',
)
const delegating =
  /\b(?:(?:lets?|has|asks?|tells?|delegat(?:e|es|ing)|hands?|assigns?|gives?) (?:\w+ ){0,5}(?:ai |llm |coding |autonomous |remote )?(?:sub-?)?agents?|(?:employs?|uses?|using|via|by) (?:an? |the )?(?:[\w-]+ ){0,3}(?:browser|computer|coding|autonomous)[- ](?:use |automation )?agents?)\b/gi
const revoking =
  /\b(?:remov|revok)(?:e|es|ing) (?:\w+(?:'s|’s)? ){0,3}(?:access|permissions?|roles?|members?(?:hip)?|collaborators?)\b/gi
const everything =
  /\bCRUD\b|\bcreat(?:e|es|ing), (?:read(?:s|ing)?, )?(?:list(?:s|ing)?, )?(?:updat(?:e|es|ing)|modify(?:ing)?|edit(?:ing)?),? (?:and |or )?delet(?:e|es|ing)\b/gi
const readingSource = /\b(?:read[- ]?only)\b/gi

const denials = (text: string, at: number) => deniedBefore.test(text.slice(Math.max(0, at - deniedCharsBefore), at))
const deniedCharsBefore = 40

function firstOf(pattern: RegExp, text: string, isDeniable: boolean): Phrase | undefined {
  pattern.lastIndex = 0
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    if (isDeniable && denials(text, match.index)) continue
    return { start: match.index, end: match.index + match[0].length }
  }
  return undefined
}

/** Says that what is done cannot be undone. */
export const sayIrreversible = (text: string): Phrase | undefined => firstOf(irreversible, text, true)
/** Says that something existing is overwritten or that omitted parts are dropped (guideline rule b). */
export const sayOverwriting = (text: string): Phrase | undefined => firstOf(overwriting, text, true)
/** Says that money moves. */
export const sayCharging = (text: string): Phrase | undefined => firstOf(charging, text, true)
/** Says that the call pays by itself. */
export const sayPaying = (text: string): Phrase | undefined => firstOf(paying, text, true)
/** Says that the tool returns documentation or advice. */
export const sayDocumenting = (text: string): Phrase | undefined => firstOf(documenting, text, false)
/** Says that nothing is changed. */
export const sayHarmless = (text: string): Phrase | undefined => firstOf(harmless, text, false)
/** Says that only a draft is made. */
export const sayDrafting = (text: string): Phrase | undefined => firstOf(drafting, text, false)
/** Says that an agent is set to work. */
export const sayDelegating = (text: string): Phrase | undefined =>
  /agent/i.test(text) ? firstOf(delegating, text, true) : undefined
/** Says that people are told: notified, mailed, invited. */
export const sayDelivering = (text: string): Phrase | undefined =>
  tellingWords.test(text) ? firstOf(delivering, text, true) : undefined
/** Says that access is taken away (guideline rule c). */
export const sayRevoking = (text: string): Phrase | undefined => firstOf(revoking, text, true)
/** Says that everything can be done with what the tool works on. */
export const sayEverything = (text: string): Phrase | undefined => firstOf(everything, text, true)
/** Says `read-only`. */
export const sayReadOnly = (text: string): Phrase | undefined => firstOf(readingSource, text, true)
