/** `bulk`: a changing call that takes a list, a filter or "all" of targets; lists that are attributes of one target are not. */
import type { Evidence } from './evidence.ts'
import { type FlagView, ofParameter, ofText } from './flag-view.ts'
import { singular } from './text.ts'

const bulkWords =
  /\b(?:multiple|batch(?:es)?|bulk|mass|many|several|all (?:the )?(?:matching|items|records|messages|files|documents|rows|tasks|entries|selected|pending|objects|images)|up to \d+ |one or more|by filter|matching (?:the )?(?:filter|query|criteria)|in a single (?:call|request|commit|operation|api call)|at once|(?:list|array) of (?:\w+ ){0,2}(?:ids?|items|records|names))\b/i

const attributeLists =
  /^(?:labels?|labelids|tags?|owners?|ownerids|assignees?|assigneeids|attendees|lineitems|items|members|memberids|fields?|properties|options|permissions|scopes|roles|columns|parameters|args|arguments|params|headers|cc|bcc|to|recipients|attachments|steps|messages|conditions|filters?|events|types?|categories|keywords|followers?|followerids|teamids|include|expand|select|sort|sorts|projects|addlabelids|removelabelids|externallinks|links|images|blocks|children|content|choices|variables|values|requirements|dependencies|nodes|modifiers|environment|env|volumes|ports|regions|zones|domains|cols|invitees|guests|reminders|schedule|subtasks|features|goals|metadata|collections|groups|externalids|countries|languages|milestones|stages|rules|sources|inbound|outbound|inboundrules|outboundrules|toolids|subscribedevents|command|commands)$/

/** The quotations for `bulk`; none for a tool that reads. */
export function changesMany(view: FlagView): readonly Evidence[] {
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
