/** The form of `data/servers/<slug>.json`: one member a line, and of lists one item a line, so that a change shows. */
import { classifyTools } from '../src/catalogue/classify/classify.ts'
import { loadTokenCounter } from '../src/catalogue/classify/tokens.ts'
import { storedRating } from '../src/catalogue/stored-rating.ts'
import type { JsonObject } from '../src/wire/json-types.ts'
import { ratedHistory, type StoredStep } from './history-step.ts'

/** The text of a record with the rating of its tools, and of what became of them, which stands at the end. */
export async function classifiedText(record: Readonly<Record<string, unknown>>): Promise<string> {
  const { classified: _old, history = [], ...rest } = record
  const countTokens = await loadTokenCounter()
  const tools = record['tools'] as JsonObject[]
  const classified = storedRating(classifyTools(tools, { countTokens }))
  const steps = ratedHistory(history as readonly StoredStep[], tools)
  return catalogueText({ ...rest, classified, ...(steps.length === 0 ? {} : { history: steps }) })
}

function catalogueText(record: Readonly<Record<string, unknown>>): string {
  const members = Object.entries(record).map(([key, value]) => ` ${JSON.stringify(key)}: ${valueText(value)}`)
  return `{\n${members.join(',\n')}\n}\n`
}

function valueText(value: unknown, indent = ' '): string {
  if (isLong(value)) return `[\n${value.map(item => `${indent} ${itemText(item, indent)}`).join(',\n')}\n${indent}]`
  const isRating = typeof value === 'object' && value !== null && Object.values(value).some(isLong)
  return isRating ? membersText(value, indent) : JSON.stringify(value)
}

/** A step of the history is a record of its own. */
function itemText(item: unknown, indent: string): string {
  const isStep = typeof item === 'object' && item !== null && 'delta' in item
  return isStep ? membersText(item, `${indent} `) : JSON.stringify(item)
}

function membersText(value: object, indent: string): string {
  const members = Object.entries(value).map(
    ([key, member]) => `${indent} ${JSON.stringify(key)}: ${valueText(member, `${indent} `)}`,
  )
  return `{\n${members.join(',\n')}\n${indent}}`
}

function isLong(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.some(item => typeof item === 'object')
}
