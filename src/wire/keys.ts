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

/** Members the gateway or a policy reads, by where they stand: in `params`, `params.ref` and `params.argument`. */
const readMembers: Readonly<Record<'params' | 'ref' | 'argument', ReadonlyMap<string, string>>> = {
  params: byFold(
    ...['_meta', 'argument', 'arguments', 'capabilities', 'clientInfo', 'context', 'cursor', 'inputResponses', 'level'],
    ...['name', 'notifications', 'progressToken', 'protocolVersion', 'reason', 'ref', 'requestId', 'requestState'],
    ...['task', 'taskId', 'uri'],
  ),
  ref: byFold('name', 'type', 'uri'),
  argument: byFold('name', 'value'),
}

/**
 * The first member of `params` (or of its `ref` or `argument`) that is not a member we read but that a reader without case
 * would take for one: `Arguments` alone would be judged as no arguments and obeyed as arguments. Source: CVE-2026-27896.
 */
export function lookalikeOf(params: JsonObject): KeyClash | undefined {
  const parts = [params, params['ref'], params['argument']]
  for (const [index, known] of [readMembers.params, readMembers.ref, readMembers.argument].entries()) {
    const part = parts[index]
    if (!isJsonObject(part)) continue
    for (const key of Object.keys(part)) {
      const first = known.get(foldForDeny(key))
      if (first !== undefined && first !== key) return { first, second: key }
    }
  }
  return undefined
}

function byFold(...names: readonly string[]): ReadonlyMap<string, string> {
  return new Map(names.map(name => [foldForDeny(name), name]))
}

/** JSON Pointers of all keys inside `value` that are fold-equal to an earlier key of the same object. Not refused: reported. */
export function foldEqualKeys(value: Json): readonly string[] {
  const found: string[] = []
  collectFoldEqual(value, '', found)
  return found
}

function collectFoldEqual(value: Json, pointer: string, found: string[]): void {
  if (typeof value !== 'object' || value === null) return
  const seen = Array.isArray(value) ? undefined : new Set<string>()
  for (const [key, member] of Object.entries(value)) {
    const at = `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
    const folded = foldForDeny(key)
    if (seen?.has(folded)) found.push(at)
    seen?.add(folded)
    collectFoldEqual(member, at, found)
  }
}

/** The first key that occurs twice in one object of `text`, escapes resolved. `text` must be valid JSON. Linear. */
export function duplicateKeyOf(text: string): string | undefined {
  const open: Set<string>[] = []
  for (let i = 0; i < text.length; i++) {
    const character = text[i]
    if (character === '{') open.push(new Set())
    else if (character === '}') open.pop()
    if (character !== '"') continue
    const start = i
    // no regular expression: its backtracking stack overflows on megabytes of string
    for (i++; text[i] !== '"'; i++) if (text[i] === '\\') i++
    let next = i + 1
    while (isSpace(text.charCodeAt(next))) next++
    if (text[next] !== ':') continue
    const key = JSON.parse(text.slice(start, i + 1)) as string
    const keys = open.at(-1)
    if (keys?.has(key)) return key
    keys?.add(key)
  }
  return undefined
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09
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
