/** What is known around the actions of one tool before they are understood: its parameters, its siblings, its tone. */
import type { CodeParameter } from './code.ts'
import { amountParameters } from './parameters.ts'
import type { ServerFacts } from './server.ts'
import type { Parameter, Subject } from './subject.ts'
import type { Setting } from './terms.ts'
import { sayDrafting } from './wording.ts'

/** The setting of a tool. */
export function settingOf(
  seen: Subject,
  server: ServerFacts,
  code: readonly CodeParameter[],
  saving: readonly Parameter[],
): Setting {
  const head = seen.description.slice(0, headCharsMax)
  return {
    savesToPath: saving.length > 0,
    hasAmount: amountParameters(seen).length > 0,
    isMarket: server.isMarket,
    isBrowser: server.isBrowser,
    writesCode: code.some(each => !each.isReadOnly && each.kind !== 'definition'),
    hasCounterpart:
      /remove/i.test(seen.name) &&
      server.names.has(seen.name.replace(/remove/i, word => (word === 'Remove' ? 'Add' : 'add'))) &&
      /\bfrom\b/i.test(head),
    isFeed:
      /\b(?:webhooks?|notifications?|listener|topics?|feed|pub\/?sub)\b/i.test(head) &&
      !/\b(?:price|plan|billing|customer)\b/i.test(head),
    isPure:
      seen.parameters.length > 0 &&
      !seen.parameters.some(each =>
        /(?:id|ids|name|path|key|url|uri|title|email|token|file|filename|account|project|workspace|uuid|slug)$/.test(
          each.folded,
        ),
      ),
    readsCode: code.length > 0 && code.every(each => each.isReadOnly),
    isTargetedEdit: seen.parameters.some(each =>
      /^(?:old|find|search|from|pattern|edits|oldtext|oldstring|oldstr|needle|startline|linenumber|line|range|index)/.test(
        each.folded,
      ),
    ),
    isTentative: sayDrafting(`${seen.name.replaceAll(/[_-]/g, ' ')} ${head}`) !== undefined,
  }
}

/** Beginning of a description that says what the tool does. */
const headCharsMax = 400

/** Arguments may all sit in one object (`params`, `request`): then its members are the arguments. */
export function wrapperDepthOf(subject: Subject): number {
  return subject.parameters.filter(each => each.depth === 0).length <= 1 ? 1 : 0
}

/** A free `command` (or the like) whose values the text explains. */
export function isRouterTool(subject: Subject): boolean {
  return (
    subject.parameters.some(
      each =>
        /^(?:command|operation|action|subcommand|tool|toolname)$/.test(each.folded) &&
        each.choices.length === 0 &&
        each.depth === 0,
    ) &&
    subject.parameters.some(
      each => /^(?:parameters|params|args|arguments|payload|options|input|data)$/.test(each.folded) && each.depth === 0,
    ) &&
    /\b(?:router|sub-?commands?|operations|commands for|actions|commands)\b/i.test(subject.description)
  )
}
