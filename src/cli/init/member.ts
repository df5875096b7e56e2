/** One member of a configuration, found by its path. Pure. */
import { isJsonObject, type Json } from '../../wire/json-types.ts'

/** What stands at a path of members; nothing where there is nothing. */
export function memberAt(root: Json, at: readonly string[]): Json | undefined {
  let found: Json | undefined = root
  for (const part of at)
    found = found !== undefined && isJsonObject(found) && Object.hasOwn(found, part) ? found[part] : undefined
  return found
}
