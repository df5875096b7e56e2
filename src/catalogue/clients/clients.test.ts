import { expect, test } from 'vitest'
import { editConfig, obstaclesIn, writtenAt } from './edit.ts'
import { type ConfigPlace, configPlaces } from './kinds.ts'
import { readServers } from './read.ts'
import { readSource } from './source.ts'

const places = configPlaces({ home: '/places/me', project: '/places/project', platform: 'linux', env: {} })
const place = (client: ConfigPlace['client'], scope: ConfigPlace['scope'] = 'user') =>
  places.find(each => each.client === client && each.scope === scope) as ConfigPlace
const read = (at: ConfigPlace, text: string) => {
  const servers = readServers(at, text)
  if (!servers.ok) throw new Error(servers.refusal.message)
  return servers.value
}
const edit = (format: 'jsonc' | 'toml', text: string, ...edits: Parameters<typeof editConfig>[3]) => {
  const edited = editConfig(format, 'f', text, edits)
  if (!edited.ok) throw new Error(edited.refusal.message)
  return edited.value
}

test('files of every client are looked for where each platform keeps them', () => {
  const mac = configPlaces({ home: '/places/me', project: '/places/project', platform: 'darwin', env: {} }).map(
    ({ file }) => file,
  )
  expect(mac).toContain('/places/me/Library/Application Support/Claude/claude_desktop_config.json')
  expect(mac).toContain('/places/me/Library/Application Support/Code/User/mcp.json')
  expect(places.map(({ file }) => file)).toContain('/places/me/.config/Claude/claude_desktop_config.json')
  const moved = configPlaces({ home: '/h', project: '/w', platform: 'linux', env: { CODEX_HOME: '/c' } })
  expect(moved.map(({ file }) => file)).toContain('/c/config.toml')
})

test('one file of Claude Code holds the servers of a person and those for each project', () => {
  const text = JSON.stringify({
    numStartups: 3,
    mcpServers: { files: { type: 'stdio', command: 'npx', args: ['-y', 'x', `$\{HOME}`], env: { A: `$\{B:-c}` } } },
    projects: {
      '/places/project': { mcpServers: { web: { type: 'http', url: 'https://x/mcp', headers: { A: 'b' } } } },
      '/o': {},
    },
  })
  expect(read(place('claude-code'), text)).toMatchObject([
    {
      name: 'files',
      transport: 'stdio',
      args: ['-y', 'x', `$\{HOME}`],
      env: { A: `$\{B:-c}` },
      at: ['mcpServers', 'files'],
    },
  ])
  expect(read(place('claude-code', 'local'), text)).toMatchObject([
    {
      name: 'web',
      transport: 'http',
      url: 'https://x/mcp',
      project: '/places/project',
      at: ['projects', '/places/project', 'mcpServers', 'web'],
    },
  ])
})

test('every way of writing an address is read as what it is', () => {
  const gemini = '{"mcpServers": {"a": {"httpUrl": "https://a"}, "b": {"url": "https://b/sse"}, "c": {"command": "c"}}}'
  expect(read(place('gemini'), gemini).map(({ transport }) => transport)).toEqual(['http', 'sse', 'stdio'])
  expect(read(place('windsurf'), '{"mcpServers": {"a": {"serverUrl": "https://a", "disabled": true}}}')).toMatchObject([
    { transport: 'http', url: 'https://a', isDisabled: true },
  ])
  const codex = '[mcp_servers.a]\nurl = "https://a"\nenabled = false\nhttp_headers = { X = "1" }\n[mcp_servers.b]\n'
  expect(read(place('codex'), codex)).toMatchObject([
    { transport: 'http', isDisabled: true, headers: { X: '1' } },
    { transport: 'unknown' },
  ])
})

test('comments and trailing commas are read; what does not parse is refused with its place', () => {
  const vscode = '// mine\n{ "servers": { "a": { "command": "x", }, }, }'
  expect(read(place('vscode'), vscode)).toMatchObject([{ name: 'a', command: 'x' }])
  const bad = readServers(place('cursor'), '{\n  "mcpServers": {]\n}')
  expect(!bad.ok && bad.refusal.message).toMatch(/line 2, column/)
  const toml = readServers(place('codex'), 'a = 1\n= 2\n')
  expect(!toml.ok && toml.refusal.message).toMatch(/line 2, column/)
  expect(read(place('cursor'), '')).toEqual([])
})

test('members that hostile files name are names', () => {
  const [server] = read(place('cursor'), '{"mcpServers": {"__proto__": {"command": "x", "env": {"__proto__": "y"}}}}')
  expect(server).toMatchObject({ name: '__proto__', command: 'x' })
  expect(Object.hasOwn(server?.env ?? {}, '__proto__')).toBe(true)
})

const commented = `{
\t// which servers
\t"inputs": [ ],   /* none */
\t"servers": {
\t\t"a": { "command": "npx", "args": ["-y",   "x"] }, // first
\t\t"b": { "url": "https://b" },
\t},
}\r
`

test('JSON: only the entry changes, and the entry taken out leaves the rest', () => {
  const changed = edit('jsonc', commented, { at: ['servers', 'b'], value: { url: 'https://gate' } })
  expect(changed.replace(/"b": \{[^}]*\}/, '"b": { "url": "https://b" }')).toBe(commented)
  const added = edit('jsonc', commented, { at: ['servers', 'c'], value: { command: 'c' } })
  expect(added).toContain('// which servers')
  expect(added).toContain('"args": ["-y",   "x"] }, // first')
  expect(edit('jsonc', added, { at: ['servers', 'c'] })).toContain('"url": "https://b"')
  expect(edit('jsonc', '', { at: ['mcpServers', 'a'], value: { url: 'u' } })).toMatch(/"a"/)
})

const toml = `# mine
model = "x" # keep
[mcp_servers.a]
command = "npx"
[mcp_servers.a.env]
K = "v"

# about c
[mcp_servers."c d"]
url = "https://c"
[other]
when = 2026-11-22
`

test('TOML: an entry goes with its sub-tables; everything else stays', () => {
  const changed = edit('toml', toml, {
    at: ['mcp_servers', 'a'],
    value: { url: 'https://gate', http_headers: { A: 'b"' } },
  })
  expect(changed).toBe(
    toml.replace(
      /\[mcp_servers\.a\][\s\S]*K = "v"\n/,
      '[mcp_servers.a]\nurl = "https://gate"\nhttp_headers = { A = "b\\"" }\n',
    ),
  )
  expect(edit('toml', toml, { at: ['mcp_servers', 'c d'] })).toBe(toml.replace(/\[mcp_servers\."c d"\]\nurl.*\n/, ''))
  expect(edit('toml', toml, { at: ['mcp_servers', 'new'], value: { url: 'u' } })).toBe(
    `${toml}\n[mcp_servers.new]\nurl = "u"\n`,
  )
})

test.each([
  [
    'mcp_servers = { a = { command = "x" }, b = { url = "u" } }\n',
    'mcp_servers = { a = { url = "g" }, b = { url = "u" } }\n',
  ],
  ['[mcp_servers]\na = { command = "x" } # c\n', '[mcp_servers]\na = { url = "g" } # c\n'],
  ['[mcp_servers]\na.command = "x"\na.args = []\nb.url = "u"\n', '[mcp_servers]\na = { url = "g" }\nb.url = "u"\n'],
  ['mcp_servers.a.command = "x"\n', 'mcp_servers.a = { url = "g" }\n'],
])('TOML: however an entry is written, it is replaced in its place', (before, after) => {
  expect(edit('toml', before, { at: ['mcp_servers', 'a'], value: { url: 'g' } })).toBe(after)
})

test('an edit that cannot be made in place is refused', () => {
  const edited = editConfig('jsonc', 'f', '{"servers": []}', [{ at: ['servers', 'a'], value: { url: 'u' } }])
  expect(!edited.ok && edited.refusal.code).toBe('ERR_CLIENT_CONFIG')
})

test('a byte order mark is read past and stays; places and errors count without it', () => {
  const marked = `\ufeff${commented}`
  expect(read(place('vscode'), marked).map(({ name }) => name)).toEqual(['a', 'b'])
  const changed = edit('jsonc', marked, { at: ['servers', 'b'], value: { url: 'https://gate' } })
  expect(changed.replace(/"b": \{[^}]*\}/, '"b": { "url": "https://b" }')).toBe(marked)
  const bad = readServers(place('cursor'), '\ufeff{"mcpServers": ]')
  expect(!bad.ok && bad.refusal.message).toMatch(/value expected at line 1, column 16$/)
  expect(edit('toml', `\ufeff${toml}`, { at: ['mcp_servers', 'a'], value: { url: 'u' } })).toMatch(/^\ufeff# mine\n/)
})

test('an entry is put back as it was written, comment and all', () => {
  const text = '{"servers": {"a": {"url": "gate"}}}'
  const written = '{ "command": "x", /* mine */ }'
  const back = edit('jsonc', text, { at: ['servers', 'a'], value: { command: 'x' }, text: written })
  expect(back).toBe(`{"servers": {"a": ${written}}}`)
  expect(writtenAt(back, ['servers', 'a'])).toBe(written)
  const other = editConfig('jsonc', 'f', text, [{ at: ['servers', 'a'], value: { command: 'y' }, text: written }])
  expect(!other.ok && other.refusal.code).toBe('ERR_CLIENT_CONFIG')
})

test('an entry that stands there twice, or behind no object, is told before it is changed', () => {
  const text = '{"a": {"x": {}, "y": 1, "y": {}, "z": []}, "b": 1, "a": {}}'
  expect(obstaclesIn('jsonc', text)(['a', 'x'])).toBe('its file has `a` twice')
  const once = obstaclesIn('jsonc', '\ufeff{"a": {"x": {}, "y": 1, "y": {}}, "b": 1}')
  expect(once(['a', 'x'])).toBeUndefined()
  expect(once(['a', 'y'])).toBe('its file has `y` twice')
  expect([once(['b', 'x']), once(['a', 'none'])]).toEqual(Array(2).fill('it could not be changed in its place'))
  expect(obstaclesIn('toml', toml)(['mcp_servers', 'a'])).toBeUndefined()
})

test.each([
  ['jsonc', '{"a":'.repeat(100_000)],
  ['jsonc', `{"mcpServers": ${'['.repeat(50_000)}`],
  ['toml', `a = ${'['.repeat(50_000)}${']'.repeat(50_000)}`],
  ['toml', `a = ${'{ b = '.repeat(5_000)}1${' }'.repeat(5_000)}`],
] as const)('%s that nests without end is refused, not followed', (format, text) => {
  const source = readSource(format, 'f', text)
  expect(!source.ok && source.refusal.message).toContain('it nests deeper than')
})

test('brackets in texts are no nesting', () => {
  expect(readSource('jsonc', 'f', JSON.stringify({ a: '[{'.repeat(500), b: '"['.repeat(200) })).ok).toBe(true)
  expect(readSource('toml', 'f', `a = "${'['.repeat(500)}"\n[b]\nc = 1\n`).ok).toBe(true)
})

test('Codex names variables for headers and passes some on: they are references, never values', () => {
  const text = `[mcp_servers.a]\nurl = "https://a"\nbearer_token_env_var = "T"\nenv_http_headers = { X = "H" }\n
[mcp_servers.b]\ncommand = "b"\ncwd = "/srv"\nenv_vars = ["LANG"]\n`
  expect(read(place('codex'), text)).toMatchObject([
    { headers: { Authorization: `Bearer $\{T}`, X: `$\{H}` } },
    { env: { LANG: `$\{LANG:-}` }, cwd: '/srv' },
  ])
})
