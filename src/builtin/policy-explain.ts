/**
 * `policy.explain`: an agent asks whether a call of its own would be let through, before it makes it. No argument names
 * another grant. How much others have used of a counter that is not the caller's alone is told only where the call
 * itself would be refused for it, and would be told the same.
 */
import { durationWords, windowWords } from '../limits/words.ts'
import { isJsonObject, type JsonObject } from '../wire/json-types.ts'
import { showInvisible } from '../wire/names.ts'
import type { ChargeWithRoom, Explained, Question } from './explained.ts'
import { explainInput, explainOutput } from './policy-explain-schemas.ts'
import type { BuiltinTool } from './tool.ts'
import type { BuiltinServices } from './tools.ts'

export function policyExplain({ explain }: Pick<BuiltinServices, 'explain'>): BuiltinTool {
  return {
    name: 'policy.explain',
    title: 'Would this call be let through?',
    description:
      'Says what the gateway would answer to a tool call of yours, without making it: allow, deny or ask (a person ' +
      'has to approve), by which rule, what would have to change, and how much room your limits have. Nothing is ' +
      'called, reserved or charged. Ask before a call you are unsure about, or after a refusal.',
    isReadOnly: true,
    inputSchema: explainInput,
    outputSchema: explainOutput,
    run({ grant }, args) {
      const question = questionOf(args)
      const explained = explain(grant, question)
      return { data: dataOf(question, explained), text: textOf(question, explained) }
    },
  }
}

/** The schema has been checked before. */
function questionOf({ server, tool, arguments: args }: JsonObject): Question {
  return { server: String(server), tool: String(tool), args: isJsonObject(args) ? args : {} }
}

function dataOf({ server, tool }: Question, explained: Explained): JsonObject {
  const { limits, ...rest } = explained
  const asked = { server: showInvisible(server), tool: showInvisible(tool) }
  return { ...asked, ...rest, limits: limits.map(limit => limitFor(explained, limit)) } as unknown as JsonObject
}

/** Scopes whose counters only this caller's own calls are counted in. */
const ownScopes: readonly string[] = ['grant', 'session', 'principal']

/** A limit as this caller may know it. */
function limitFor({ code, rule: deciding }: Explained, limit: ChargeWithRoom): JsonObject {
  const { rule, counter, scope, keyValue, units, used, max, windowMs, calendar, retryAfterMs, until } = limit
  const isStopping = code === 'ERR_LIMIT_REACHED' && rule === deciding
  return {
    ...{ rule, counter, scope, units },
    ...(keyValue === undefined ? {} : { key: keyValue }),
    ...(ownScopes.includes(scope) || isStopping ? { used } : {}),
    ...{ max, windowMs, retryAfterMs: Math.ceil(retryAfterMs) },
    ...(calendar === undefined ? {} : { calendar }),
    ...(until === undefined ? {} : { until }),
  }
}

/** The same for a reader: a line for the verdict, and one for each thing to know. */
function textOf({ server, tool }: Question, explained: Explained): string {
  const { verdict, rule, message, error, wouldPassIf, also, limits, observed } = explained
  const answers = {
    allow: 'would be let through',
    deny: 'would be refused',
    ask: 'would need the approval of a person',
  }
  return [
    `${verdict}: \`${showInvisible(tool)}\` on \`${showInvisible(server)}\` ${answers[verdict]}`,
    `why: ${withRule(message, rule)}`,
    ...(error === undefined ? [] : [`could not be evaluated: ${error}`]),
    ...(wouldPassIf === undefined ? [] : [`would pass if: ${wouldPassIf}`]),
    ...(also.length === 0 ? [] : [`would also be refused by: ${also.join(', ')}`]),
    ...(observed === undefined ? [] : [`not enforced yet: ${withRule(observed.message, observed.rule)}`]),
    ...limits.map(limit => `limit ${limitText(limit, limitFor(explained, limit))}`),
  ].join('\n')
}

/** The rule after the words, where they do not name it themselves. */
function withRule(message: string, rule: string): string {
  if (message.includes(rule)) return message
  return rule.startsWith('(') ? `${message} ${rule}` : `${message} (${rule})`
}

function limitText(limit: ChargeWithRoom, { used }: JsonObject): string {
  const { counter, units, max, retryAfterMs, until } = limit
  const later = until === undefined ? `fits in ${durationWords(retryAfterMs)}` : `fits at ${until}`
  const fits = retryAfterMs === 0 ? 'fits now' : retryAfterMs < 0 ? 'never fits' : later
  const taken = used === undefined ? `at most ${max}` : `${used} of ${max} used`
  return `\`${counter}\`: ${taken} ${windowWords(limit)}, this call takes ${units}, ${fits}`
}
