/** What can be asked of an argument that is code: by the kind of code, from one statement to a person's look. */
import { type CodeKind, codeParametersOf } from '../classify/code.ts'
import type { Parameter } from '../classify/subject.ts'
import { type Guard, isText, narrowed, type View } from './guard-rule.ts'
import { argumentPath } from './snippet.ts'

/** The guard of the first argument that is code. */
export function codeGuard(view: View): readonly Guard[] {
  if (!view.tool.rated.flags.includes('freeform_code')) return []
  return codeParametersOf(view.subject)
    .filter(({ parameter }) => parameter.depth === 0 && isText(parameter) && !parameter.isArray)
    .slice(0, 1)
    .map(({ parameter, kind }) => ({
      question: `How do I narrow what \`${parameter.name}\` may hold?`,
      ...codeAnswer(view, parameter, kind),
    }))
}

function codeAnswer(view: View, parameter: Parameter, kind: CodeKind): Pick<Guard, 'answer' | 'entry'> {
  if (kind === 'sql')
    return {
      answer:
        'One statement that starts with `select` and holds no semicolon. Functions of the database can still write: give the server an account that cannot.',
      entry: narrowed(view, parameter, { op: 'regex', value: '^\\s*(?i:select)\\b[^;]*$' }, 'one select statement'),
    }
  if (kind === 'shell')
    return {
      answer:
        'Whole commands, word for word. A list of what is forbidden is never complete; this one says what is allowed.',
      entry: narrowed(view, parameter, { op: 'in', value: ['git status', 'npm test'] }, 'only listed commands'),
    }
  if (kind === 'graphql')
    return {
      answer: 'A document that does not start as a query is denied, and so is one that holds a mutation anywhere.',
      entry: {
        ...narrowed(view, parameter, { op: 'regex', value: '^\\s*(?:query\\b|\\{)(?s:.*)$' }, 'only queries'),
        approve_if: [{ conditions: [{ path: argumentPath(parameter.name), op: 'regex', value: '\\bmutation\\b' }] }],
      },
    }
  return {
    answer:
      'No pattern tells harmless code from the rest. Bound its length, so that a person can read it, and have each call approved.',
    entry: {
      action: 'require_approval',
      arguments: {
        type: 'object',
        properties: Object.fromEntries([[parameter.name, { type: 'string', maxLength: 2000 }]]),
      },
    },
  }
}
