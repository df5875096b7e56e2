/** What the `catalog.` tools take and answer, as JSON Schema 2020-12. */
import { limits } from '../limits.ts'
import type { JsonObject } from '../wire/json-types.ts'

const text = (description: string): JsonObject => ({ type: 'string', description })
const texts = (description: string): JsonObject => ({ type: 'array', items: { type: 'string' }, description })
const number = (description: string): JsonObject => ({ type: 'number', description })
const object = (properties: JsonObject, required: readonly string[] = Object.keys(properties)): JsonObject => ({
  ...{ type: 'object', properties, required, additionalProperties: false },
})

const server: JsonObject = {
  type: 'string',
  minLength: 1,
  maxLength: limits.catalogueNameCharsMax,
  description:
    'A server of yours by its name, as in /mcp/{server}; or one of the catalogue by slug, npm package or registry name',
}

export const checkServerInput = object({ server })
export const checkToolInput = object({
  server,
  tool: {
    type: 'string',
    minLength: 1,
    maxLength: 128,
    description: 'Name of the tool as the server lists it, without a prefix',
  },
})
export const searchInput = object(
  {
    query: {
      type: 'string',
      minLength: 1,
      maxLength: limits.catalogueQueryCharsMax,
      description: 'Words of a name, a package, a tool or a description',
    },
    limit: { type: 'integer', minimum: 1, maximum: limits.catalogueFoundMax, description: 'Servers to answer; 10' },
  },
  ['query'],
)

const about = {
  slug: text('Name in the catalogue'),
  title: text('What the server is called'),
  description: text('What its package says of it'),
  package: text('npm package'),
  version: text('Version that was looked at'),
  registryName: text('Name in the official registry'),
  scannedAt: text('Day on which it was looked at'),
}
const category: JsonObject = { type: 'string', enum: ['Read', 'Write', 'Execute', 'Destructive', 'Financial'] }
const rating = {
  name: text('Name of the tool'),
  category,
  severity: { type: 'string', enum: ['low', 'medium', 'high', 'critical'] },
  confidence: number('0 to 1: how often labelled tools in the same situation have this category'),
  flags: texts('What widens the reach of a call'),
}
const treatment = {
  treatment: { type: 'string', enum: ['allow', 'limit', 'approve', 'deny', 'hide'] },
  pace: text('How often it should be callable'),
}
const head = {
  server: text('As asked'),
  found: { type: 'boolean', description: 'Everything else is absent when it is false' },
  source: { type: 'string', enum: ['grant', 'catalogue'], description: 'grant: a server of yours' },
}

export const checkServerOutput: JsonObject = object(
  {
    ...head,
    ...about,
    grade: { type: 'string', enum: ['A', 'B', 'C', 'D', 'F'] },
    points: number('0 to 100'),
    deductions: { type: 'array', items: object({ reason: text('What for'), points: number('How many') }) },
    totals: { type: 'object', description: 'Tools by category' },
    tokens: number('o200k tokens of all definitions'),
    posture: {
      type: 'object',
      description: 'What it declares, and the credentials it asks for; of yours annotations only',
    },
    recommended: { type: 'object', description: 'Tools by recommended treatment, at the level named' },
    tools: { type: 'array', items: object({ ...rating, ...treatment }), description: 'The riskiest first' },
    moreTools: number('Tools that are not in the list'),
  },
  ['server', 'found'],
)

export const checkToolOutput: JsonObject = object(
  {
    ...head,
    tool: text('As asked'),
    ...about,
    ...rating,
    evidence: {
      type: 'array',
      items: object(
        {
          says: text('Category or flag it speaks for'),
          where: text('Part of the definition'),
          pointer: text('JSON Pointer into the definition; for a sibling its name'),
          quote: text('Words of the server'),
          note: text('In our words'),
        },
        ['says', 'where', 'pointer', 'quote'],
      ),
    },
    runnerUp: object({ category, why: text('Why it is not that') }),
    attacks: texts('Attack patterns that concern such a tool'),
    owasp: { type: 'object' },
    findings: {
      type: 'array',
      items: object({
        kind: text('What was found in the definition'),
        weight: { type: 'string', enum: ['serious', 'note'] },
        pointer: text('JSON Pointer into the definition'),
        quote: text('Words of the server'),
        note: text('In our words'),
      }),
    },
    tokens: number('o200k tokens of the definition'),
    recommended: object({
      level: text('Level of the recommendation'),
      ...treatment,
      rule: { type: 'object', description: 'A policy of this one tool' },
    }),
  },
  ['server', 'tool', 'found'],
)

export const searchOutput: JsonObject = object({
  query: text('As asked'),
  total: number('Servers that match'),
  servers: {
    type: 'array',
    items: object(
      {
        ...about,
        grade: { type: 'string' },
        points: number('0 to 100'),
        toolCount: number('Tools it lists'),
        matching: texts('Tools whose names match'),
      },
      ['slug', 'title', 'toolCount', 'matching'],
    ),
  },
})
