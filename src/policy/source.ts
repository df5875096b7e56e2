/**
 * The text of a document as one JSON value, with the line and column of every part of it. JSON goes through the strict
 * reader of the wire; anything else, and every text that reader refuses, is read as YAML 1.2 (core schema), of which
 * JSON is a part. Refused: more than one document, duplicate keys, tags, numbers a double does not hold, non-text keys.
 * Aliases are written out and counted, so that they cannot multiply work.
 */
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
} from 'yaml'
import { limits } from '../limits.ts'
import { readStrict } from '../wire/json.ts'
import type { Json, JsonObject } from '../wire/json-types.ts'
import { type Place, type ProblemLog, pointer, pointerMembers } from './problem.ts'

export interface Source {
  readonly value: Json
  readonly place: Place
}

const nowhere: Place = () => undefined

/** Reads `text`; on any problem the log has an error and the value is not to be used. */
export function readSource(text: string, log: ProblemLog): Source {
  const bytes = new TextEncoder().encode(text)
  if (bytes.length > limits.policyBytesMax) {
    const message = `the document has ${bytes.length} bytes, more than the ${limits.policyBytesMax} allowed`
    log.error('too-large', '', message, 'split it into one policy per server')
    return { value: null, place: nowhere }
  }
  const strict = readStrict(bytes, {
    bytesMax: limits.policyBytesMax,
    depthMax: limits.policyDepthMax,
    elementsMax: limits.policyElementsMax,
  })
  if (strict.ok) return { value: strict.value, place: lazyPlace(text) }
  return readYaml(text, log)
}

/** Positions cost a second parse, so they are made when the first one is asked for. */
function lazyPlace(text: string): Place {
  let place: Place | undefined
  return (path, spot) => {
    if (place === undefined) {
      const lines = new LineCounter()
      const document = parseDocument(text, { ...yamlOptions, lineCounter: lines })
      place = placeIn(document, lines, aliasesIn(document))
    }
    return place(path, spot)
  }
}

const yamlOptions = {
  version: '1.2',
  schema: 'core',
  prettyErrors: false,
  uniqueKeys: false,
  logLevel: 'error',
} as const

function readYaml(text: string, log: ProblemLog): Source {
  const lines = new LineCounter()
  let document: Document.Parsed
  try {
    document = parseDocument(text, { ...yamlOptions, lineCounter: lines })
  } catch (error) {
    // the parser recurses; a document it cannot walk is a refusal, not a fault
    log.error('too-deep', '', 'the document is nested too deeply to read', 'flatten it', 'value')
    if (!(error instanceof RangeError)) throw error
    return { value: null, place: nowhere }
  }
  for (const { pos, message, code } of [...document.errors, ...document.warnings]) {
    const { line, col } = lines.linePos(pos[0])
    const remedy =
      code === 'MULTIPLE_DOCS' ? 'keep one document per file' : 'repair the syntax at this place; the rest was not read'
    log.placed({ severity: 'error', code: 'syntax', path: '', line, column: col, message: sentence(message), remedy })
  }
  const aliases = aliasesIn(document)
  const place = placeIn(document, lines, aliases)
  if (log.hasErrors) return { value: null, place }
  const walk: Walk = { aliases, log, lines, elements: 0 }
  return { value: plain(walk, document.contents, '', 1) ?? null, place }
}

/** What every alias stands for. One walk for all: the library looks through the whole document for each. */
function aliasesIn(document: Document.Parsed): ReadonlyMap<Alias, Node> {
  const anchors = new Map<string, Node>()
  const aliases = new Map<Alias, Node>()
  visit(document, (_key, node) => {
    if (isAlias(node)) {
      const target = anchors.get(node.source)
      if (target !== undefined) aliases.set(node, target)
    } else if (isScalar(node) || isMap(node) || isSeq(node)) {
      if (node.anchor !== undefined) anchors.set(node.anchor, node)
    }
  })
  return aliases
}

interface Walk {
  readonly aliases: ReadonlyMap<Alias, Node>
  readonly log: ProblemLog
  readonly lines: LineCounter
  elements: number
}

/** The JSON value of one YAML node. Objects have no prototype: `__proto__` is an own member like any other. */
function plain(walk: Walk, given: unknown, at: string, depth: number): Json | undefined {
  walk.elements += 1
  if (walk.elements > limits.policyElementsMax || depth > limits.policyDepthMax) {
    const deep = depth > limits.policyDepthMax
    const rule = deep ? `nested deeper than ${limits.policyDepthMax}` : `more than ${limits.policyElementsMax} elements`
    if (!walk.log.hasErrors) walk.log.error('too-large', at, `the document is ${rule}`, 'flatten or split it')
    return undefined
  }
  const node = isAlias(given) ? walk.aliases.get(given) : given
  if (isAlias(given) && node === undefined) {
    walk.log.error(
      'syntax',
      at,
      `there is no anchor \`${given.source}\` before this place`,
      'name an anchor, or quote the text',
    )
  }
  if (isScalar(node)) return plainScalar(walk.log, node.value, node.source ?? '', at)
  if (isSeq(node)) return node.items.map((item, index) => plain(walk, item, pointer(at, index), depth + 1) ?? null)
  if (!isMap(node)) return null
  const members: Record<string, Json> = Object.create(null)
  for (const pair of node.items) {
    const name = keyText(pair)
    if (name === undefined) {
      walk.log.error('syntax', at, 'a key must be plain text', 'write the key as text')
      continue
    }
    const path = pointer(at, name)
    if (name === '<<' && isAlias(pair.value)) {
      walk.log.error('syntax', path, 'merge keys are not part of YAML 1.2', 'write the members out', 'key')
    }
    if (Object.hasOwn(members, name)) {
      const { line, col } = walk.lines.linePos(startOf(pair.key) ?? 0)
      const message = `duplicate key \`${name}\``
      walk.log.placed({
        severity: 'error',
        code: 'duplicate-key',
        path,
        line,
        column: col,
        message,
        remedy: 'keep one of the two',
      })
    }
    members[name] = plain(walk, pair.value, path, depth + 1) ?? null
  }
  return members as JsonObject
}

function plainScalar(log: ProblemLog, value: unknown, source: string, at: string): Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') {
    if (Number.isFinite(value) && isHeld(value, source)) return value
    const remedy = 'write a number that a 64-bit float holds exactly; money goes in integer minor units'
    log.error('bad-number', at, `\`${source.slice(0, 40)}\` is not a number that can be compared exactly`, remedy)
    return 0
  }
  log.error('syntax', at, 'a value must be text, a number, true, false or null', 'write it as text in quotes')
  return null
}

/** False where digits were lost: integers beyond 2^53 and numbers that became zero. */
function isHeld(value: number, source: string): boolean {
  if (/^[-+]?\d+$/.test(source)) return BigInt(source) === BigInt(value)
  return value !== 0 || !/^[-+]?[\d.]*[1-9]/.test(source)
}

/** The text of a key: a number or a word such as `true` is taken as it is written. */
function keyText(pair: Pair): string | undefined {
  const key = pair.key
  if (!isScalar(key)) return typeof key === 'string' ? key : undefined
  return typeof key.value === 'string' ? key.value : (key.source ?? String(key.value))
}

/** Finds a JSON Pointer in the text; the nearest existing parent stands in for a part that is not there. */
function placeIn(document: Document.Parsed, lines: LineCounter, aliases: ReadonlyMap<Alias, Node>): Place {
  return (path, spot) => {
    let node: unknown = document.contents
    let offset = startOf(node)
    for (const member of pointerMembers(path)) {
      if (isAlias(node)) node = aliases.get(node)
      if (isSeq(node)) {
        node = node.items[Number(member)]
        offset = startOf(node) ?? offset
      } else if (isMap(node)) {
        const pair: Pair | undefined = node.items.find(item => keyText(item) === member)
        node = pair?.value
        offset = (spot === 'value' ? (startOf(node) ?? startOf(pair?.key)) : startOf(pair?.key)) ?? offset
      } else break
    }
    if (offset === undefined) return undefined
    const { line, col } = lines.linePos(offset)
    return { line, column: col }
  }
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0]
}

/** One line, lower case at the start, no final period: the form of every message here. */
function sentence(text: string): string {
  const line = (text.split('\n')[0] ?? '').replace(/\.$/, '')
  return line.charAt(0).toLowerCase() + line.slice(1)
}
