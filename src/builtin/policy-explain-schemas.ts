/** What `policy.explain` takes and answers, as JSON Schema 2020-12. */
import { limits } from '../limits.ts'
import type { JsonObject } from '../wire/json-types.ts'

const text = (description: string): JsonObject => ({ type: 'string', description })
const texts = (description: string): JsonObject => ({ type: 'array', items: { type: 'string' }, description })
const number = (description: string): JsonObject => ({ type: 'number', description })

export const explainInput: JsonObject = {
  type: 'object',
  properties: {
    server: {
      type: 'string',
      minLength: 1,
      maxLength: limits.nameCharsMax,
      description: 'Name of the server, as in the address of its endpoint, /mcp/{server}',
    },
    tool: {
      type: 'string',
      minLength: 1,
      maxLength: 128,
      description: 'Name of the tool as the server lists it, without a prefix',
    },
    arguments: { type: 'object', description: 'Arguments the tool would be called with; none: an empty object' },
  },
  required: ['server', 'tool'],
  additionalProperties: false,
}

const limit: JsonObject = {
  type: 'object',
  properties: {
    rule: text('JSON Pointer of the limit in the policy'),
    counter: text('Name of the counter'),
    scope: { type: 'string', enum: ['grant', 'principal', 'session', 'server', 'organisation'] },
    key: text('Value the counter is kept for, where there is one for each value'),
    units: number('What the call would take'),
    used: number('What is taken in the window that ends now; absent where others share the counter'),
    max: number('What may be taken in a window'),
    windowMs: number('Length of the window in milliseconds'),
    calendar: {
      type: 'object',
      properties: { unit: { type: 'string' }, zone: { type: 'string' } },
      description: 'The window is a period of this calendar',
    },
    retryAfterMs: number('0: the call fits now; otherwise after so many milliseconds; -1: never'),
    until: text('With a calendar: when there is room again, as its clocks show it'),
  },
  required: ['rule', 'counter', 'scope', 'units', 'max', 'windowMs', 'retryAfterMs'],
  additionalProperties: false,
}

export const explainOutput: JsonObject = {
  type: 'object',
  properties: {
    server: text('As asked'),
    tool: text('As asked'),
    verdict: { type: 'string', enum: ['allow', 'deny', 'ask'], description: 'ask: a person has to approve' },
    rule: text('JSON Pointer of the rule that decides, or a name in parentheses'),
    message: text('Why, in the words of the operator where there are any'),
    code: text('Code of the refusal'),
    retryable: { type: 'boolean', description: 'The call may pass later, or with other arguments' },
    retryAfterMs: number('When a limit has room again, in milliseconds'),
    wouldPassIf: text('One change of the arguments after which this call is no longer denied'),
    facts: {
      type: 'array',
      items: { type: 'object' },
      description: 'What was compared: path, op, value, actual, holds',
    },
    error: text('What kept the rule from being evaluated'),
    also: texts('Further rules that would deny this call'),
    limits: { type: 'array', items: limit, description: 'What the call would take from its limits' },
    approval: { type: 'object', description: 'Who would have to approve' },
    observed: {
      type: 'object',
      properties: { rule: { type: 'string' }, message: { type: 'string' } },
      required: ['rule', 'message'],
      additionalProperties: false,
      description: 'What would be refused if the policy did not only observe',
    },
    policy: text('Name of the policy'),
    policyVersion: text('Version of the policy'),
  },
  required: ['server', 'tool', 'verdict', 'rule', 'message', 'retryable', 'facts', 'also', 'limits'],
  additionalProperties: false,
}
