/**
 * Keys that two readers could read in two ways: the same key twice, or keys equal after case folding and NFKC.
 * Exact duplicates are refused everywhere by json.ts; fold-equal keys are refused in the envelope and, because some
 * tools do take `a` and `A`, only reported inside free-form data (`foldEqualKeys`).
 */
import { isJsonObject, type Json, type JsonObject } from './json-types.ts'
import { foldForDeny } from './names.ts'

/** Two keys of one object that a reader without case would take for one. */
export interface KeyClash {
  readonly first: string
  readonly second: string
}

/** More keys than this are compared through a Map, so that the work stays linear. */
const pairwiseMax = 12

/** Members of `params` that hold the caller's own keys, not the protocol's. */
const freeForm: ReadonlySet<string> = new Set(['arguments', 'inputResponses'])

/**
 * The first fold-equal keys of the envelope: the message, its direct members, and the members of `params` except the
 * free-form ones. `ascii` says that all keys are known to be ASCII. Source: CVE-2026-27896 (Go folds U+017F and U+212A).
 */
export function envelopeClash(message: JsonObject, ascii: boolean): KeyClash | undefined {
  const top = Object.keys(message)
  let clash = clashOf(top, ascii)
  for (const name of top) {
    const part = message[name]
    if (clash !== undefined || !isJsonObject(part)) continue
    const inner = Object.keys(part)
    clash = clashOf(inner, ascii)
    if (name !== 'params') continue
    for (const member of inner) {
      const value = part[member]
      if (clash === undefined && isJsonObject(value) && !freeForm.has(member))
        clash = clashOf(Object.keys(value), ascii)
    }
  }
  return clash
}

/** JSON Pointers of all keys inside `value` that are fold-equal to an earlier key of the same object. Not refused: reported. */
export function foldEqualKeys(value: Json, pointer = ''): readonly string[] {
  const found: string[] = []
  if (Array.isArray(value)) {
    const items: readonly Json[] = value
    for (const [index, item] of items.entries()) found.push(...foldEqualKeys(item, `${pointer}/${index}`))
  } else if (isJsonObject(value)) {
    const seen = new Set<string>()
    for (const [key, member] of Object.entries(value)) {
      const at = `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
      const folded = foldForDeny(key)
      if (seen.has(folded)) found.push(at)
      seen.add(folded)
      found.push(...foldEqualKeys(member, at))
    }
  }
  return found
}

/** The first key that occurs twice in one object of `text`, escapes resolved. `text` must be valid JSON. */
export function duplicateKeyOf(text: string): string | undefined {
  const open: Set<string>[] = []
  const tokens = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}]/gs
  for (const [token, colon] of text.matchAll(tokens)) {
    if (token === '{') open.push(new Set())
    else if (token === '}') open.pop()
    else if (colon !== undefined) {
      const key = JSON.parse(token.slice(0, -colon.length)) as string
      const keys = open.at(-1)
      if (keys?.has(key)) return key
      keys?.add(key)
    }
  }
  return undefined
}

function clashOf(keys: readonly string[], ascii: boolean): KeyClash | undefined {
  if (keys.length < 2) return undefined
  if (ascii && keys.length <= pairwiseMax) return asciiClash(keys)
  const seen = new Map<string, string>()
  for (const key of keys) {
    const folded = ascii ? key.toLowerCase() : foldForDeny(key)
    const first = seen.get(folded)
    if (first !== undefined) return { first, second: key }
    seen.set(folded, key)
  }
  return undefined
}

/** ASCII keys fold to their own length, so nearly every pair is told apart by it. */
function asciiClash(keys: readonly string[]): KeyClash | undefined {
  for (let i = 1; i < keys.length; i++) {
    const second = keys[i] as string
    for (let j = 0; j < i; j++) {
      const first = keys[j] as string
      if (first.length === second.length && first.toLowerCase() === second.toLowerCase()) return { first, second }
    }
  }
  return undefined
}
