/** `bulk`: a changing call that takes a list, a filter or "all" of targets; lists that are attributes of one target are not. */
import type { Evidence } from './evidence.ts'
import { type FlagView, ofParameter, ofText } from './flag-view.ts'
import type { Parameter } from './subject.ts'
import { singular } from './text.ts'

const bulkWords =
  /\b(?:multiple|batch(?:es)?|bulk|mass|many|several|all (?:the )?(?:matching|items|records|messages|files|documents|rows|tasks|entries|selected|pending|objects|images)|up to \d+ |one or more|by filter|matching (?:the )?(?:filter|query|criteria)|in a single (?:call|request|commit|operation|api call)|at once|(?:list|array) of (?:\w+ ){0,2}(?:ids?|items|records|names))\b/i

const attributeLists =
  /^(?:labels?|labelids|tags?|owners?|ownerids|assignees?|assigneeids|attendees|lineitems|items|members|memberids|fields?|properties|options|permissions|scopes|roles|columns|parameters|args|arguments|params|headers|cc|bcc|to|recipients|attachments|steps|messages|conditions|filters?|events|types?|categories|keywords|followers?|followerids|teamids|include|expand|select|sort|sorts|projects|addlabelids|removelabelids|externallinks|links|images|blocks|children|content|choices|variables|values|requirements|dependencies|nodes|modifiers|environment|env|volumes|ports|regions|zones|domains|cols|invitees|guests|reminders|schedule|subtasks|features|goals|metadata|collections|groups|externalids|countries|languages|milestones|stages|rules|sources|inbound|outbound|inboundrules|outboundrules|toolids|subscribedevents|command|commands)$/

/** Lists that name the things a call is about, one by one. */
const targetLists =
  /^(?:targets|hosts|devices|machines|servers|instances|indices|indexes|validators|handles|usernames|entities|entitylist|deletions|relations|observations)$/
/** Lists that hold one entry a change, where the text says that there are many. */
const sequences =
  /^(?:inputs|records|items|operations|objects|entities|rows|documents|updates|ids|changes|requests|files|actions)$/
/** Lists beside the targets: who is told, what is left out. */
const besides = /^(?:notify|cc|bcc|exclude|excluded|include|included|related|test|allowed|blocked|add|remove)$/
const filterNames = /^(?:filter|where|labelselector|query|selector|criteria|olderthan|olderthandays|maxage|maxagedays)$/

/** The quotations for `bulk`; none for a tool that reads. */
export function changesMany(view: FlagView): readonly Evidence[] {
  const { subject, category, reading, text } = view
  if (category === 'Read') return []
  const name = subject.name.replaceAll(/([a-z])([A-Z])/g, '$1 $2').replaceAll(/[_.-]/g, ' ')
  const inName = /\b(?:batch|bulk|many|multiple|mass)\b/i.exec(name)
  if (inName !== null) return ofText(view, /batch|bulk|many|multiple|mass/i, 'bulk')
  const batches = reading.choices.filter(each =>
    each.choices.some(choice => /^(?!list|get|read|fetch).*(?:batch|bulk|many|all$)/i.test(choice)),
  )
  if (batches.length > 0) return batches.map(each => ofParameter(each, 'bulk', 'one of the actions changes many'))
  const named = targetsOf(view, name)
  if (named.length > 0) return named.map(each => ofParameter(each, 'bulk'))
  const ofMany = /\b(?:multiple|several) (?:\w+ ){0,2}\w+s\b/i.exec(subject.description.slice(0, 110))
  if (
    ofMany !== null &&
    (subject.parameters.some(each => each.isArray && each.depth <= 1) || subject.parameters.length === 0) &&
    !/browser|fields|upload|page/i.test(subject.name)
  )
    return ofText(view, /multiple|several/i, 'bulk')
  const filters = subject.parameters.filter(each => filterNames.test(each.folded) && each.depth === 0)
  if ((category === 'Destructive' || /\b(?:update|modify|change)\b/.test(text.slice(0, 80))) && filters.length > 0)
    return filters.map(each => ofParameter(each, 'bulk'))
  const head = text.slice(0, 90)
  if (/\b(?:(?:on|to) (?:every|each|all)|of every) (?!users?\b|members?\b)/.test(head))
    return ofText(view, /\bevery\b|\beach\b|\ball\b/i, 'bulk')
  return category === 'Destructive' ? emptied(view, head) : []
}

/** Lists of things that are changed, not lists of attributes of one thing. */
function targetsOf({ subject, reading, text }: FlagView, name: string): readonly Parameter[] {
  const nouns = new Set(
    [...(reading.nameVerbs[0]?.objects ?? []), ...(reading.headVerbs[0]?.objects.slice(0, 4) ?? [])].map(singular),
  )
  const isPlural =
    /(?:[a-z]{3,}s)$/.test(name.split(' ').at(-1) ?? '') || /(?:[a-z]{3,}s)$/.test(name.split(' ')[0] ?? '')
  const isOfOne = subject.parameters.some(each => each.depth === 0 && each.folded === 'id')
  const spoken = new Set(
    text
      .slice(0, spokenCharsMax)
      .match(/[a-z]{3,}s\b/g)
      ?.map(singular),
  )
  return subject.parameters.filter(each => {
    if (!each.isArray || each.depth > 1) return false
    if (sequences.test(each.folded) && bulkWords.test(text)) return true
    if (attributeLists.test(each.folded)) return false
    const words = each.words.map(word => word.text)
    if (besides.test(words[0] ?? '')) return false
    if (targetLists.test(each.folded)) return true
    const isIds = /(?:ids|uuids|keys|names|emails|numbers|slugs|gids)$/.test(each.folded)
    const head = words.findLast(word => !/^(?:ids?|uuids?|names?|keys?|list|slugs?)$/.test(word)) ?? ''
    const isObject = nouns.has(singular(head))
    if (isIds) return isObject || spoken.has(singular(head)) || (words.length === 1 && reading.code.length === 0)
    return isObject && isPlural && !isOfOne
  })
}

/** Things that hold many are emptied, or all of a kind goes. */
function emptied(view: FlagView, head: string): readonly Evidence[] {
  if (/\b(?:empty|empties)\b/.test(head)) return ofText(view, /empty|empties/i, 'bulk')
  const isAll =
    /\b(?:delet|purg|clear|remov|clean|wip|tear|destroy|eras)\w*\b[^.]{0,40}\beverything\b/.test(head) ||
    /(?<!\b(?:in|and|with|for) )\b(?:all|every) (?!data\b|its\b|of its\b)/.test(head)
  return isAll && /\b(?:delet|purg|clear|remov|clean|wip|tear|destroy|eras)\w*/.test(head)
    ? ofText(view, /\ball\b|\bevery\w*\b/i, 'bulk')
    : []
}

const spokenCharsMax = 160
