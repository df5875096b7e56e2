/** JSON values in one written form: two values are equal exactly when their texts are, whatever the order of members. */
import type { Json } from '../wire/json-types.ts'

/** The text of a value; `clean` is applied to every text and key in it, for comparisons that fold. */
export function written(value: Json, clean: (text: string) => string = text => text): string {
  if (typeof value === 'string') return JSON.stringify(clean(value))
  if (typeof value !== 'object' || value === null) return String(value)
  if (Array.isArray(value)) return `[${(value as readonly Json[]).map(item => written(item, clean)).join()}]`
  const members = Object.entries(value).map(
    ([key, member]) => `${JSON.stringify(clean(key))}:${written(member, clean)}`,
  )
  return `{${members.sort().join()}}`
}
