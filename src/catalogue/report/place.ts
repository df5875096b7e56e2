/**
 * Where a member of a configuration stands: line and column of its text, for JSON with comments and for TOML. A member
 * that is not found is answered with the nearest one around it. Pure; the text has been read before and parses.
 */
import { findNodeAtLocation, type Node, parseTree } from 'jsonc-parser'
import { type AST, parseTOML } from 'toml-eslint-parser'
import { withoutMark } from '../clients/source.ts'

/** Lines and columns count from 1; columns are UTF-16 code units; the end is behind the last one. */
export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly endLine: number
  readonly endColumn: number
}

type Path = readonly (string | number)[]
type Range = readonly [number, number]

/** Answers with places in one text, which is parsed once. */
export function placesIn(format: 'jsonc' | 'toml', file: string, source: string): (path: Path) => Place {
  const text = withoutMark(source)
  const rangeOf = format === 'toml' ? tomlRanges(text) : jsonRanges(text)
  const lines = lineStarts(text)
  return path => {
    for (let length = path.length; length > 0; length -= 1) {
      const range = rangeOf(path.slice(0, length))
      if (range !== undefined) return placeOf(file, lines, range)
    }
    return placeOf(file, lines, [0, 0])
  }
}

function jsonRanges(text: string): (path: Path) => Range | undefined {
  const tree = parseTree(text, [], { allowTrailingComma: true })
  return path => {
    const node: Node | undefined = tree === undefined ? undefined : findNodeAtLocation(tree, [...path])
    if (node === undefined) return undefined
    // a member of an object is marked with its name; long values would mark half of the file
    const marked = node.parent?.type === 'property' && isLong(node) ? node.parent.children?.[0] : node
    return marked === undefined ? undefined : [marked.offset, marked.offset + marked.length]
  }
}

function isLong(node: Node): boolean {
  return node.type === 'object' || node.type === 'array'
}

function tomlRanges(text: string): (path: Path) => Range | undefined {
  const found = new Map<string, Range>()
  const keep = (path: Path, { range }: { readonly range: Range }) => {
    const key = JSON.stringify(path.map(String))
    if (!found.has(key)) found.set(key, range)
  }
  const value = (node: AST.TOMLContentNode, path: Path): void => {
    if (node.type === 'TOMLArray')
      for (const [index, element] of node.elements.entries()) {
        keep([...path, index], element)
        value(element, [...path, index])
      }
    if (node.type === 'TOMLInlineTable') for (const member of node.body) pair(member, path)
  }
  const pair = ({ key, value: held }: AST.TOMLKeyValue, prefix: Path): void => {
    const names = key.keys.map(part => (part.type === 'TOMLBare' ? part.name : part.value))
    const path = [...prefix, ...names]
    const isTable = held.type === 'TOMLArray' || held.type === 'TOMLInlineTable'
    keep(path, isTable ? key : held)
    for (let length = prefix.length + 1; length < path.length; length += 1) keep(path.slice(0, length), key)
    value(held, path)
  }
  for (const node of parseTOML(text).body[0].body) {
    if (node.type === 'TOMLKeyValue') {
      pair(node, [])
      continue
    }
    keep(node.resolvedKey, node.key)
    for (const member of node.body) pair(member, node.resolvedKey)
  }
  return path => found.get(JSON.stringify(path.map(String)))
}

function lineStarts(text: string): readonly number[] {
  const starts = [0]
  for (const match of text.matchAll(/\r\n|\r|\n/g)) starts.push(match.index + match[0].length)
  return starts
}

function placeOf(file: string, starts: readonly number[], [start, end]: Range): Place {
  const at = (offset: number) => {
    let low = 0
    let high = starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((starts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 }
  }
  const from = at(start)
  const to = at(end)
  return { file, ...from, endLine: to.line, endColumn: to.column }
}
