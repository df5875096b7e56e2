import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { fileMissing } from './config/files.ts'
import { type Config, describeProblems, readConfig } from './config.ts'

const token = randomBytes(32).toString('base64url')
const env = { TEAM: 'platform-team', KEY: 'k-123456789', TOKEN: token, EMPTY: '' }

function read(text: string, files: Record<string, string> = {}) {
  const all: Record<string, string> = { '/etc/sallyport.yaml': text, ...files }
  return readConfig({
    file: '/etc/sallyport.yaml',
    hostFile: '/data/servers.yaml',
    env,
    readFile: file => {
      const found = all[file]
      return found === undefined ? { ok: false, reason: fileMissing } : { ok: true, text: found }
    },
  })
}

function accept(text: string, files: Record<string, string> = {}): Config {
  const result = read(text, files)
  if (!result.ok) throw new Error(describeProblems(result.problems))
  return result.config
}

/** Each problem as `line:column code message; remedy`. */
function problemsOf(text: string, files: Record<string, string> = {}): string[] {
  const result = read(text, files)
  const problems = result.ok ? result.config.warnings : result.problems
  return problems.map(({ line, column, code, message, remedy }) => `${line}:${column} ${code} ${message}; ${remedy}`)
}

test('the example of the documentation, whole', () => {
  const config = accept(
    `# yaml-language-server: $schema=./schemas/sallyport.schema.json
servers:
  files: { command: npx, args: ["-y", "@modelcontextprotocol/server-filesystem", "/srv/data"], env: { LOG: warn, KEY: "env:KEY" }, cwd: work }
  docs:  { url: "https://mcp.example.com/mcp", headers: { authorization: "Bearer env:KEY" } }
  local: { url: "http://127.0.0.1:3001/mcp", network: private, headers: { X-Team: "env:TEAM" }, pin: trust-first }
policies:
  files-readonly: { file: policies/files-readonly.json }
  open: { document: { version: "1", default: allow } }
grants:
  ci: { principal: ci-bot, kind: service, roles: [builder], labels: { team: build }, token: "env:TOKEN", servers: { files: files-readonly, local: open }, expires: 30d }
  dev: { principal: dev, servers: { local: null }, expires: "2099-01-31" }
http:
  hosts: [Gateway.example.com]
  publicUrl: https://gateway.example.com/
  behindTlsProxy: ["10.0.3.7"]
`,
    { '/etc/policies/files-readonly.json': '{"version":"1","default":"deny","tools":{"read_*":{}}}' },
  )
  expect(config.servers).toEqual([
    {
      name: 'files',
      pin: 'review',
      managedBy: 'file',
      entry: {
        kind: 'stdio',
        name: 'files',
        command: 'npx',
        args: ['-y', '@modelcontextprotocol/server-filesystem', '/srv/data'],
        env: { LOG: 'warn', KEY: 'k-123456789' },
        secrets: ['k-123456789'],
        cwd: '/etc/work',
      },
    },
    {
      name: 'docs',
      pin: 'review',
      managedBy: 'file',
      entry: {
        kind: 'http',
        name: 'docs',
        url: 'https://mcp.example.com/mcp',
        network: 'public',
        headers: { authorization: 'Bearer k-123456789' },
        secrets: ['k-123456789'],
      },
    },
    {
      name: 'local',
      pin: 'trust-first',
      managedBy: 'file',
      entry: {
        kind: 'http',
        name: 'local',
        url: 'http://127.0.0.1:3001/mcp',
        network: 'private',
        headers: { 'x-team': 'platform-team' },
        secrets: ['platform-team'],
      },
    },
  ])
  expect(config.policies.map(({ name, file }) => [name, file])).toEqual([
    ['files-readonly', '/etc/policies/files-readonly.json'],
    ['open', undefined],
  ])
  expect(config.grants).toEqual([
    {
      name: 'ci',
      principal: { id: 'ci-bot', kind: 'service', roles: ['builder'], groups: [] },
      labels: { team: 'build' },
      servers: new Map([
        ['files', 'files-readonly'],
        ['local', 'open'],
      ]),
      token,
      lifetime: { text: '30d', ms: 30 * 86_400_000 },
    },
    {
      name: 'dev',
      principal: { id: 'dev', kind: 'agent', roles: [], groups: [] },
      labels: {},
      servers: new Map([['local', undefined]]),
      expiresAtMs: Date.parse('2099-01-31'),
    },
  ])
  expect(config.http).toEqual({
    hosts: ['gateway.example.com'],
    publicUrl: 'https://gateway.example.com',
    behindTlsProxy: ['10.0.3.7'],
  })
  expect(config.files).toEqual(['/etc/sallyport.yaml', '/data/servers.yaml', '/etc/policies/files-readonly.json'])
})

test('JSON is read wherever YAML is', () => {
  expect(accept('{"servers":{"a":{"url":"https://a.example/mcp"}}}').servers).toHaveLength(1)
})

test('every mistake is reported at once, each with its place and the nearest known word', () => {
  expect(
    problemsOf(`servrs: {}
servers:
  files:
    comand: npx
  Both: { url: "https://a.example", command: x }
  web: { url: "https://a.example", pin: trust_first, args: [] }
grants:
  ci: { principal: ci-bot, servers: { filez: open } }
`),
  ).toEqual([
    '1:1 unknown-key unknown key `servrs`; did you mean `servers`?',
    '4:5 unknown-key unknown key `comand`; did you mean `command`?',
    '5:3 bad-name `Both`: a server name is lower-case letters and digits with single `-` or `_` between them; choose another name',
    '5:3 bad-server server `Both` needs either a `url` or a `command`, not both; write `url: "https://…"`, or `command: npx` with `args: […]`',
    '6:54 unknown-key unknown key `args`; known here: url, headers, network, pin',
    '6:41 bad-value `trust_first` is not one of review, trust-first; did you mean `trust-first`?',
    '8:39 unknown-server no server named `filez`; did you mean `files`?',
    '8:46 unknown-policy no policy named `open`; declared: none',
  ])
})

test('secrets are never in the file, and a missing variable is named', () => {
  expect(
    problemsOf(`servers:
  a: { url: "https://a.example", headers: { authorization: "Bearer abc", x-api-key: abc, x-team: blue, host: a, mcp-name: b } }
  b: { command: x, env: { A: "env:MISSING", B: "env:EMPTY" } }
grants:
  c: { principal: p, token: "${token}", servers: {} }
  d: { principal: p, token: "env:TEAM", servers: {} }
  e: { principal: p, token: "env:TOKEN", servers: {} }
  f: { principal: p, token: "env:TOKEN", servers: {} }
`).map(line => line.split(';')[0]),
  ).toEqual([
    '2:60 bad-header header `authorization` looks like a secret and is written out',
    '2:85 bad-header header `x-api-key` looks like a secret and is written out',
    '2:110 bad-header header `host` belongs to the protocol',
    '2:123 bad-header header `mcp-name` belongs to the protocol',
    '3:30 missing-variable environment variable `MISSING` is not set',
    '3:48 missing-variable environment variable `EMPTY` is not set',
    '5:29 secret-in-file the token of grant `c` is written out',
    '6:29 weak-token the token of grant `d` is too weak: it has 13 characters, 32 are needed',
    '8:29 shared-token grants `e` and `f` have the same token',
  ])
})

test('addresses: loopback needs `network: private`, plain http is not public, credentials do not stand in URLs', () => {
  const problems = problemsOf(`servers:
  a: { url: "http://127.0.0.1:3001/mcp" }
  b: { url: "https://10.0.0.1/mcp" }
  c: { url: "https://user:pass@a.example/mcp" }
  d: { url: "file:///etc/passwd" }
  e: { url: "http://169.254.169.254/", network: private }
`)
  expect(problems).toHaveLength(5)
  expect(problems[0]).toContain('needs `network: private`')
  expect(problems[1]).toContain('needs `network: private`')
})

test('a mistake inside a policy has the place of the policy, inline or in its file', () => {
  const inline = problemsOf(`policies:
  p:
    document:
      version: "1"
      default: deny
      tools:
        a: { actoin: deny }
`)
  expect(inline).toEqual(['7:14 unknown-key unknown key `actoin`; did you mean `action`?'])
  const result = read('policies: { p: { file: p.yaml } }', { '/etc/p.yaml': 'version: "1"\ndefalt: deny\n' })
  expect(result.ok ? [] : result.problems.map(({ file, line, column }) => [file, line, column])).toContainEqual([
    '/etc/p.yaml',
    2,
    1,
  ])
})

test('a policy file that is not there refuses the whole configuration', () => {
  expect(problemsOf('policies: { p: { file: p.yaml } }')[0]).toMatch(
    /^1:24 unreadable policy file `\/etc\/p.yaml` cannot be read: it does not exist/,
  )
})

test('an empty file, a broken one and two documents are refused', () => {
  for (const text of ['', 'servers: [', 'servers: {}\n---\nservers: {}', '[]', 'servers: {}\nservers: {}'])
    expect([text, read(text).ok]).toEqual([text, false])
})

test('the host file declares servers and nothing else; a name in both files is refused', () => {
  const host = 'servers:\n  tool: { command: node, args: [x.js] }\n'
  const config = accept('servers: {}', { '/data/servers.yaml': host })
  expect(config.servers).toMatchObject([{ name: 'tool', managedBy: 'host' }])
  expect(problemsOf('servers: { tool: { command: x } }', { '/data/servers.yaml': host })[0]).toContain(
    'is also in `/data/servers.yaml`',
  )
  expect(problemsOf('servers: {}', { '/data/servers.yaml': 'grants: {}' })[0]).toContain('unknown key `grants`')
})

test('the revision follows every text that was read', () => {
  const policy = { '/etc/p.json': '{"version":"1","default":"deny"}' }
  const text = 'policies: { p: { file: p.json } }'
  const first = accept(text, policy).revision
  expect(first).toMatch(/^[0-9a-f]{12}$/)
  expect(accept(text, policy).revision).toBe(first)
  expect(accept(text, { '/etc/p.json': '{"version":"1","default":"allow"}' }).revision).not.toBe(first)
})

test('wildcards are neither hosts nor proxies', () => {
  const problems = problemsOf(`http:
  hosts: ["*", "a b"]
  behindTlsProxy: ["0.0.0.0/0", "0.0.0.0", "::/0", "proxy", "10.0.0.0/28"]
  publicUrl: https://a.example/path
`)
  expect(problems.map(line => line.split(' ')[0])).toEqual(['2:11', '2:16', '3:20', '3:33', '3:44', '3:52', '4:14'])
})

test('a policy may narrow the arguments of a tool with a schema of its own', () => {
  const policy = { version: '1', default: 'deny', tools: { send: { arguments: { required: ['to'] } } } }
  expect(accept(JSON.stringify({ policies: { p: { document: policy } } })).policies.map(({ name }) => name)).toEqual([
    'p',
  ])
})
