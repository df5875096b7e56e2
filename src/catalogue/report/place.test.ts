import { expect, test } from 'vitest'
import { placesIn } from './place.ts'

/** The text a place marks. */
function marked(format: 'jsonc' | 'toml', text: string, path: readonly (string | number)[]): string {
  const { line, column, endLine, endColumn } = placesIn(format, 'f', text)(path)
  const lines = text.split(/\r\n|\n/)
  if (line === endLine) return (lines[line - 1] ?? '').slice(column - 1, endColumn - 1)
  return `${line}:${column}-${endLine}:${endColumn}`
}

const jsonc =
  '{\r\n\t// note: {\r\n\t"mcpServers": {\r\n\t\t"ä😀": { "args": ["-y", "x"], "env": {"K": "v"}, },\r\n\t},\r\n}'

test('members of JSON with comments, by their values; objects and lists by their names', () => {
  const at = ['mcpServers', 'ä😀']
  expect(marked('jsonc', jsonc, at)).toBe('"ä😀"')
  expect(marked('jsonc', jsonc, [...at, 'args', 1])).toBe('"x"')
  expect(marked('jsonc', jsonc, [...at, 'env', 'K'])).toBe('"v"')
  expect(marked('jsonc', jsonc, [...at, 'args'])).toBe('"args"')
  expect(placesIn('jsonc', 'f', jsonc)([...at, 'env', 'K'])).toMatchObject({ file: 'f', line: 4 })
})

test('the nearest member around one that is not there', () => {
  expect(marked('jsonc', jsonc, ['mcpServers', 'ä😀', 'url'])).toBe('"ä😀"')
  expect(placesIn('jsonc', 'f', '')(['a'])).toMatchObject({ line: 1, column: 1 })
})

const toml = `a = 1
[mcp_servers.x]
command = "c"
args = ["-y",
  "p@1"]
env = { K = "v" }
[mcp_servers.x.http_headers]
H = "w"
[mcp_servers]
"y.z" = { command = "d", args = ["e"] }
q.command = "r"
`

test.each([
  [['mcp_servers', 'x'], 'mcp_servers.x'],
  [['mcp_servers', 'x', 'command'], '"c"'],
  [['mcp_servers', 'x', 'args', 1], '"p@1"'],
  [['mcp_servers', 'x', 'env', 'K'], '"v"'],
  [['mcp_servers', 'x', 'http_headers', 'H'], '"w"'],
  [['mcp_servers', 'y.z'], '"y.z"'],
  [['mcp_servers', 'y.z', 'args', 0], '"e"'],
  [['mcp_servers', 'q'], 'q.command'],
  [['mcp_servers', 'q', 'command'], '"r"'],
  [['mcp_servers', 'q', 'url'], 'q.command'],
])('TOML: %j', (path, text) => {
  expect(marked('toml', toml, path)).toBe(text)
})
