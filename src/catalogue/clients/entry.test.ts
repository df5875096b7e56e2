import { expect, test } from 'vitest'
import { entryOf } from './entry.ts'
import type { ConfiguredServer } from './read.ts'
import { expand } from './variables.ts'

const base: ConfiguredServer = {
  client: 'cursor',
  file: '/places/project/.cursor/mcp.json',
  scope: 'project',
  name: 'files',
  transport: 'stdio',
  args: [],
  env: {},
  headers: {},
  isDisabled: false,
  at: ['mcpServers', 'files'],
  entry: {},
}
const source = { env: { TOKEN: 't', EMPTY: '' }, home: '/places/me' }
const variable = (inside: string) => `$\{${inside}}`

test('variables of every client are expanded once', () => {
  const all = { ...source, folder: '/places/project' }
  const text = ['TOKEN', 'NONE:-d', 'env:TOKEN', 'userHome', 'workspaceFolder'].map(variable).join(' ')
  expect(expand(text, all)).toEqual({ text: 't d t /places/me /places/project', missing: [] })
  expect(expand(variable('NEST:-x'), { ...all, env: { NEST: variable('TOKEN') } }).text).toBe(variable('TOKEN'))
  expect(expand(variable('input:key'), all)).toEqual({ text: variable('input:key'), missing: ['input:key'] })
})

test('a command starts in the folder its file belongs to', () => {
  const entry = entryOf(
    { ...base, command: 'npx', args: [variable('TOKEN')], env: { A: variable('env:TOKEN') } },
    source,
  )
  expect(entry).toMatchObject({
    value: { kind: 'stdio', command: 'npx', args: ['t'], env: { A: 't' }, cwd: '/places/project' },
  })
})

test('an address of this machine or a private network is told apart from a public one', () => {
  const networkOf = (url: string) => {
    const entry = entryOf({ ...base, transport: 'http', url }, source)
    return entry.ok && entry.value.kind === 'http' ? entry.value.network : undefined
  }
  const inside = ['http://127.0.0.1:3/mcp', 'http://localhost', 'http://[::1]/', 'http://10.1.1.1', 'http://nas.local']
  expect(inside.map(networkOf)).toEqual(inside.map(() => 'private'))
  expect(['https://mcp.example.com', 'https://8.8.8.8'].map(networkOf)).toEqual(['public', 'public'])
})

test('an entry that lacks something is refused with its name', () => {
  const missing = entryOf({ ...base, command: 'x', env: { K: variable('input:key') } }, source)
  expect(!missing.ok && missing.refusal.message).toContain('input:key')
  expect(entryOf({ ...base, transport: 'unknown' }, source).ok).toBe(false)
  expect(entryOf({ ...base, transport: 'ws', url: 'wss://x' }, source).ok).toBe(false)
})

test('nothing is started with half of its configuration', () => {
  const reasons = [{ args: 'x' }, { args: ['x', { y: 1 }] }, { env: [] }, { env: { K: null } }].map(entry => {
    const made = entryOf({ ...base, command: 'x', entry }, source)
    return made.ok ? '' : made.refusal.message
  })
  expect(reasons.map(reason => /`(args|env)`/.exec(reason)?.[1])).toEqual(['args', 'args', 'env', 'env'])
  expect(entryOf({ ...base, command: 'x', entry: { args: [1, true], env: { K: 1 } } }, source).ok).toBe(true)
})

test('the folder and the file of variables an entry names are used; a file that is not there is no empty one', () => {
  const filed = { ...base, command: 'x', cwd: 'sub', envFile: `${variable('workspaceFolder')}/.env`, env: { B: '2' } }
  const readText = (file: string) => (file === '/places/project/.env' ? 'A=1\nB=1\n' : undefined)
  expect(entryOf(filed, { ...source, readText })).toMatchObject({
    value: { cwd: '/places/project/sub', env: { A: '1', B: '2' } },
  })
  const gone = entryOf({ ...filed, envFile: 'no.env' }, { ...source, readText })
  expect(!gone.ok && gone.refusal.message).toContain('`envFile` /places/project/no.env cannot be read')
})

test('in a file of a person no folder is the open one: only the client knows', () => {
  const server = { ...base, scope: 'user' as const, command: 'x', args: [variable('workspaceFolder')] }
  const made = entryOf(server, source)
  expect(!made.ok && made.refusal.message).toContain('nothing here gives workspaceFolder a value')
})
