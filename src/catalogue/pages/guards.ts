/**
 * What can be asked of the arguments of a tool: for each kind of parameter that widens what a call can reach, one rule
 * that narrows it. A rule that lets calls through compares exactly, one for an argument that may be left out denies.
 */

import { type Verb, verbOf } from '../classify/lexicon/verbs.ts'
import { amountParameters, choiceParameters, recipientParameters } from '../classify/parameters.ts'
import { subjectOf } from '../classify/subject.ts'
import { nameWords } from '../classify/text.ts'
import { codeGuard } from './code-guard.ts'
import { flagged, type Guard, isText, narrowed, type View } from './guard-rule.ts'
import type { CatalogueTool } from './model.ts'
import { argumentPath } from './snippet.ts'

const guardsMax = 3

/** The guards of a tool, those for its flags first; at most three. */
export function guardsOf(tool: CatalogueTool): readonly Guard[] {
  const subject = subjectOf(tool.definition)
  const schema = tool.definition['inputSchema'] as { readonly required?: unknown } | undefined
  const required = new Set(Array.isArray(schema?.required) ? schema.required.map(String) : [])
  const view = { tool, subject, required }
  const found = [
    codeGuard,
    pathGuard,
    urlGuard,
    recipientGuard,
    amountGuard,
    bulkGuard,
    actionGuard,
    secretGuard,
    choiceGuard,
  ].flatMap(make => make(view))
  return found.length > 0 ? found.slice(0, guardsMax) : lastGuard(view)
}

function pathGuard(view: View): readonly Guard[] {
  return flagged(view, 'file_path')
    .filter(isText)
    .slice(0, 1)
    .map(each => ({
      question: `How do I keep \`${each.name}\` inside one folder?`,
      answer:
        'Write the folder the work needs. A path with `..`, a backslash or look-alike characters never satisfies the glob.',
      entry: narrowed(view, each, { op: 'glob', value: '/srv/data/**' }, 'only files below /srv/data'),
    }))
}

function urlGuard(view: View): readonly Guard[] {
  return flagged(view, 'url_input')
    .filter(isText)
    .slice(0, 1)
    .map(each => ({
      question: `How do I limit \`${each.name}\` to hosts I know?`,
      answer:
        'The host is compared as a browser would read it: user info, other schemes and addresses that two programs could read differently are denied.',
      entry: narrowed(
        view,
        each,
        { op: 'host_in', value: ['example.com', '*.example.com'] },
        'only hosts of example.com',
      ),
    }))
}

function recipientGuard(view: View): readonly Guard[] {
  if (!view.tool.rated.flags.includes('external_send')) return []
  return recipientParameters(view.subject)
    .filter(each => each.depth === 0 && isText(each) && each.choices.length === 0)
    .slice(0, 1)
    .map(each => ({
      question: `How do I keep \`${each.name}\` within my own organisation?`,
      answer: 'Each recipient has to end as you say. What has been sent to somebody else cannot be taken back.',
      entry: narrowed(view, each, { op: 'ends_with', value: '@example.com' }, 'only recipients at example.com'),
    }))
}

function amountGuard(view: View): readonly Guard[] {
  if (view.tool.rated.category !== 'Financial') return []
  return amountParameters(view.subject)
    .filter(each => each.depth === 0 && each.types.some(type => type === 'number' || type === 'integer'))
    .slice(0, 1)
    .map(each => {
      const path = argumentPath(each.name)
      return {
        question: `How do I set a budget on \`${each.name}\`?`,
        answer:
          'The amounts of all calls of a grant are added over any 24 hours; a call that would go over is denied. Count in the minor unit of the currency.',
        entry: {
          action: 'require_approval',
          limits: [{ counter: 'spend', window: 'day', max: 50_000, increment_from: path }],
        },
      }
    })
}

function bulkGuard(view: View): readonly Guard[] {
  return flagged(view, 'bulk')
    .filter(each => each.isArray)
    .slice(0, 1)
    .map(each => ({
      question: `How do I bound how many \`${each.name}\` one call may name?`,
      answer: 'The schema of the server still holds; this one is asked in addition.',
      entry: {
        arguments: { type: 'object', properties: Object.fromEntries([[each.name, { type: 'array', maxItems: 20 }]]) },
      },
    }))
}

function actionGuard(view: View): readonly Guard[] {
  if (!view.tool.rated.flags.includes('multiplex')) return []
  return choiceParameters(view.subject)
    .filter(each => each.depth === 0 && each.choices.length > 1 && !each.isArray)
    .slice(0, 1)
    .map(each => {
      const reading = each.choices.filter(choice => isReading(nameWords(choice).map(word => verbOf(word.text))))
      const kept = (
        reading.length > 0 && reading.length < each.choices.length ? reading : each.choices.slice(0, 1)
      ).slice(0, 8)
      return {
        question: `How do I allow only some values of \`${each.name}\`?`,
        answer: `It takes ${each.choices.length} values, and the tool is rated by the worst. Name those the work needs${reading.length > 0 ? '; these are the ones that sound like reading' : ''}.`,
        entry: narrowed(view, each, { op: 'in', value: kept }, `this value of ${each.name} is not allowed here`),
      }
    })
}

function isReading(verbs: readonly (Verb | undefined)[]): boolean {
  return verbs.find(verb => verb !== undefined)?.sense === 'retrieve'
}

function secretGuard(view: View): readonly Guard[] {
  return flagged(view, 'secret_input')
    .filter(each => !view.required.has(each.name))
    .slice(0, 1)
    .map(each => ({
      question: `How do I keep agents from passing a secret as \`${each.name}\`?`,
      answer: 'Configure the credential where the server is started, and deny calls that bring their own.',
      entry: {
        deny_if: [
          {
            conditions: [{ path: argumentPath(each.name), op: 'exists', value: true }],
            on_deny: 'no credentials in arguments',
          },
        ],
      },
    }))
}

function choiceGuard(view: View): readonly Guard[] {
  if (view.tool.rated.flags.includes('multiplex')) return []
  return view.subject.parameters
    .filter(each => each.depth === 0 && !each.isArray && isText(each) && each.choices.length > 1)
    .slice(0, 1)
    .map(each => ({
      question: `How do I allow only some values of \`${each.name}\`?`,
      answer: 'Name them. They are compared exactly: another case or spelling is another value, and denied.',
      entry: narrowed(
        view,
        each,
        { op: 'in', value: each.choices.slice(0, 1) },
        `this value of ${each.name} is not allowed here`,
      ),
    }))
}

/** Words that say what a call is about; a value of any other optional text is nothing to hold on to. */
const target =
  /(?:^|[_-])(?:id|ids|key|slug|name|repo|repository|owner|org|organization|project|team|workspace|channel|database|table|namespace|environment|account|site|region|branch|list|board|index|collection)$/

/** For a tool with nothing else: its first required text, or the first that names what the call is about. */
function lastGuard(view: View): readonly Guard[] {
  const texts = view.subject.parameters.filter(
    each => each.depth === 0 && !each.isArray && each.types.length === 1 && isText(each) && each.choices.length === 0,
  )
  const chosen =
    texts.find(each => view.required.has(each.name)) ??
    texts.find(({ name }) =>
      target.test(
        nameWords(name)
          .map(word => word.text)
          .join('_'),
      ),
    )
  if (chosen === undefined) return []
  return [
    {
      question: `How do I allow only some values of \`${chosen.name}\`?`,
      answer: 'Name them, or use `starts_with`, `glob` or `regex` where the values have a form.',
      entry: narrowed(
        view,
        chosen,
        { op: 'in', value: ['one-value', 'another-value'] },
        `this value of ${chosen.name} is not allowed here`,
      ),
      isGeneral: true,
    },
  ]
}
