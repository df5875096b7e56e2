/** The form of `data/servers/<slug>.json`: one member a line, and of lists one item a line, so that a change shows. */
import { classifyTools } from '../src/catalogue/classify/classify.ts'
import { loadTokenCounter } from '../src/catalogue/classify/tokens.ts'
import { storedRating } from '../src/catalogue/stored-rating.ts'
import type { JsonObject } from '../src/wire/json-types.ts'

/** The text of a record with the rating of its tools, which stands before what earlier looks found. */
export async function classifiedText(record: Readonly<Record<string, unknown>>): Promise<string> {
  const { classified: _old, history, ...rest } = record
  const countTokens = await loadTokenCounter()
  const classified = storedRating(classifyTools(record['tools'] as JsonObject[], { countTokens }))
  return catalogueText({ ...rest, classified, ...(history === undefined ? {} : { history }) })
}

function catalogueText(record: Readonly<Record<string, unknown>>): string {
  const members = Object.entries(record).map(([key, value]) => ` ${JSON.stringify(key)}: ${valueText(value)}`)
  return `{\n${members.join(',\n')}\n}\n`
}

function valueText(value: unknown, indent = ' '): string {
  const isLong = Array.isArray(value) && value.some(item => typeof item === 'object')
  if (isLong) return `[\n${value.map(item => `${indent} ${JSON.stringify(item)}`).join(',\n')}\n${indent}]`
  const isRating = typeof value === 'object' && value !== null && Array.isArray((value as { tools?: unknown }).tools)
  if (!isRating) return JSON.stringify(value)
  const members = Object.entries(value).map(
    ([key, member]) => `${indent} ${JSON.stringify(key)}: ${valueText(member, `${indent} `)}`,
  )
  return `{\n${members.join(',\n')}\n${indent}}`
}
