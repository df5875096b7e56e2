/**
 * An answer as rules see it. The members MCP gives every answer of a kind are read from the answer itself; any other name
 * is looked up in its data: structured content, or the JSON object that is its only text.
 */
import { isJsonObject, type Json, type JsonObject } from '../wire/json-types.ts'
import { dataOf, ownMembers } from './result-path.ts'
import type { AnswerView } from './verdict.ts'

/** Other doors than tools; their name is their method. */
const doorMembers: Readonly<Record<string, ReadonlySet<string>>> = {
  'resources/read': new Set(['contents', '_meta']),
  'prompts/get': new Set(['description', 'messages', '_meta']),
  'completion/complete': new Set(['completion', '_meta']),
}
const noMembers: ReadonlySet<string> = new Set(['_meta'])

/** The view of an answer of the tool or door `name`. */
export function viewOf(name: string, answer: JsonObject): AnswerView {
  const members = membersOf(name)
  const data = name.includes('/') ? dataOf({ content: textsOf(answer) }) : dataOf(answer)
  return { whole: answer, members, ...(data !== undefined && { data }) }
}

/** The members that every answer of this tool or door may have. */
function membersOf(name: string): ReadonlySet<string> {
  if (!name.includes('/')) return ownMembers
  return Object.hasOwn(doorMembers, name) ? (doorMembers[name] as ReadonlySet<string>) : noMembers
}

/** What a resource says, as the text blocks that a tool would answer with. */
function textsOf({ contents }: JsonObject): readonly Json[] {
  if (!Array.isArray(contents)) return []
  const texts = (contents as readonly Json[]).filter(item => isJsonObject(item) && typeof item['text'] === 'string')
  return texts.map(item => ({ type: 'text', text: (item as JsonObject)['text'] ?? '' }))
}
