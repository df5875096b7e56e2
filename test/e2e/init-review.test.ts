/** `sallyport init` with a person who answers, on configurations as people really have them. */
import { mkdirSync, readFileSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type ClientMachine, clientMachine, installed } from '../fixtures/client-machine.ts'

const { memory, filesystem } = installed
const variable = (inside: string) => `$\{${inside}}`

interface Plan {
  readonly written: boolean
  readonly servers: readonly string[]
  readonly left: readonly { readonly name: string; readonly reason: string }[]
  readonly refusedUntilApproval: number
  readonly files: readonly string[]
}
const planOf = (text: string) => JSON.parse(text) as Plan

/** `init` with answers; without them nobody can be asked. */
const init = ({ run, project }: ClientMachine, answers: readonly string[] | undefined, ...args: readonly string[]) =>
  run(['init', '--project', project, ...args], answers === undefined ? {} : { answers })

const policyOf = ({ read }: ClientMachine, server: string) => read(`home/.config/sallyport/policies/${server}.yaml`)

function twoServers(here: ClientMachine): void {
  here.write('home/.cursor/mcp.json', {
    mcpServers: { files: { command: filesystem, args: [here.folder] }, notes: { command: memory } },
  })
}

test('a person sees the command, goes back, filters, decides tool by tool, and reads it all before it is written', async () => {
  const here = clientMachine()
  twoServers(here)
  const answers = ['y', 'c', 't WRITE', 'deny', '.', '', 'b', '', 't delete', 'h', 'b', 'allow', '.', 'o', 'y']
  const { code, out, err, questions } = await init(here, answers)
  expect([code, out]).toEqual([0, expect.stringMatching(/^2 servers behind the gateway\n/)])
  expect(questions.filter(question => question.startsWith('files ['))).toEqual([
    'files [guarded]: ',
    'files [guarded]: ',
    'files [guarded, 1 by hand]: ',
    // back again: what was chosen is still there
    'files [guarded, 1 by hand]: ',
  ])
  expect(err).toContain(`${filesystem} ${here.folder}`)
  expect(err).toContain('files: guarded; 13 limit, 1 deny')
  expect(policyOf(here, 'files')).toContain('write_file: { action: deny }')
  // hidden first, then thought better of
  expect(policyOf(here, 'notes')).toContain('default: allow')
  expect(policyOf(here, 'notes')).not.toMatch(/delete_entities/)
  expect(policyOf(here, 'notes')).toContain('delete_relations: { action: require_approval')
})

test('how many tools are refused until somebody can approve is said in the review, before writing and after', async () => {
  const here = clientMachine()
  twoServers(here)
  const { out, err } = await init(here, ['y', 'a', 'y'])
  expect(err.replace(/\s+/g, ' ')).toContain(
    '1 Destructive → approve, refused until this version can ask for approval: write_file',
  )
  expect(err).toContain('4 tools would need approval: refused until this version can ask for approval')
  expect(out).toContain('4 tools need approval: refused until this version can ask for approval')
})

test.each([
  ['no to starting', ['n']],
  ['no to writing', ['y', '', '', '']],
  ['quit', ['y', 'q']],
  ['every server skipped', ['y', 's', 's']],
  ['the input ends in the review', ['y']],
  ['the input ends in the middle of the tools', ['y', 't', 'deny']],
  ['the input ends before the last question', ['y', '', '']],
])(
  'nothing is changed: %s',
  async (_words, answers) => {
    const here = clientMachine()
    twoServers(here)
    const before = here.snapshot()
    const { code, err } = await init(here, answers)
    expect([code, here.snapshot()]).toEqual([1, before])
    expect(err).toMatch(/nothing was (started and nothing was )?changed\n$/)
  },
  30_000,
)

test('an interrupt ends every question at once, and says that nothing was changed', async () => {
  const here = clientMachine()
  twoServers(here)
  const before = here.snapshot()
  const { code, err } = await here.run(['init', '--project', here.project], {
    answers: ['y', ''],
    interruption: AbortSignal.abort(),
  })
  expect([code, here.snapshot()]).toEqual([1, before])
  expect(err).toContain('stopped; nothing was changed')
})

test('--dry-run shows the same page and writes nothing; --json is one value on standard output', async () => {
  const here = clientMachine()
  twoServers(here)
  const before = here.snapshot()
  const { code, out, err } = await init(here, undefined, '--yes', '--dry-run', '--json')
  expect([code, here.snapshot()]).toEqual([0, before])
  expect(err).toContain('nothing was changed: this was --dry-run')
  expect(planOf(out)).toMatchObject({ written: false, servers: ['files', 'notes'], refusedUntilApproval: 4 })
  expect(planOf(out).files).toContain(join(here.home, '.cursor/mcp.json'))
  const declined = await init(here, ['n'], '--json')
  expect([declined.code, planOf(declined.out).written]).toEqual([1, false])
})

test('in the home folder a file is that of the person, once', async () => {
  const here = clientMachine()
  here.write('home/.cursor/mcp.json', { mcpServers: { notes: { command: memory } } })
  const { code, err } = await here.run(['init', '--project', here.home, '--yes'])
  expect([code, err.match(/^Cursor /gm)]).toEqual([0, ['Cursor ']])
  // a shared file would name a variable that nobody sets
  expect(here.read('home/.cursor/mcp.json')).toMatch(/Bearer sp_/)
})

test('a file that links make the file of two clients is changed once, in a form both know', async () => {
  const here = clientMachine()
  here.write('home/.cursor/mcp.json', { mcpServers: { notes: { command: memory } } })
  mkdirSync(join(here.home, '.codeium/windsurf'), { recursive: true })
  symlinkSync(join(here.home, '.cursor/mcp.json'), join(here.home, '.codeium/windsurf/mcp_config.json'))
  const before = here.snapshot()
  expect((await init(here, undefined, '--yes')).code).toBe(0)
  const { mcpServers } = JSON.parse(here.read('home/.cursor/mcp.json')) as {
    mcpServers: { notes: { args: readonly string[]; env: Record<string, string> } }
  }
  expect(mcpServers.notes.args).toContain('connect')
  expect(mcpServers.notes.env['SALLYPORT_TOKEN']).toMatch(/^sp_/)
  const undone = await here.run(['init', '--undo'])
  expect([undone.code, here.snapshot()]).toEqual([0, before])
})

test('byte order marks, line ends of Windows and duplicates: changed and put back, or left alone with the reason', async () => {
  const here = clientMachine()
  const stdio = JSON.stringify({ command: memory })
  here.write('home/.cursor/mcp.json', `\ufeff{\r\n\t"mcpServers": {\r\n\t\t"notes": ${stdio},\r\n\t},\r\n}\r\n`)
  here.write('home/.codex/config.toml', `\ufeffmodel = "m"\r\n[mcp_servers.notes]\r\ncommand = "${memory}"\r\n`)
  here.write('home/.gemini/settings.json', `{"mcpServers": {"twice": {"command": "x"}, "twice": ${stdio}}}`)
  const before = here.snapshot()
  const { code, out } = await init(here, undefined, '--yes', '--json')
  expect([code, planOf(out).left.map(({ name }) => name)]).toEqual([0, ['twice']])
  const after = here.snapshot()
  const changed = Object.keys(before).filter(file => after[file] !== before[file])
  expect(changed.sort()).toEqual(['home/.codex/config.toml', 'home/.cursor/mcp.json'])
  for (const file of changed) {
    const text = here.read(file)
    expect([text.startsWith('\ufeff'), /[^\r]\n/.test(text), text.includes('7777')]).toEqual([true, false, true])
  }
  await here.run(['init', '--undo'])
  expect(here.snapshot()).toEqual(before)
})

test('what only its client can do stays with its client', async () => {
  const here = clientMachine()
  const remote = { url: 'https://mcp.example.com/mcp' }
  here.write('home/.cursor/mcp.json', {
    mcpServers: {
      notes: { command: memory },
      boxed: { command: memory, sandboxEnabled: true },
      helped: { ...remote, headersHelper: '/bin/sign' },
      signed: { ...remote, oauth: { clientId: 'c' } },
      filed: { command: memory, envFile: '/no/such/.env' },
      asked: { ...remote, headers: { 'X-Key': variable('input:key') } },
      socket: { url: 'wss://mcp.example.com' },
      'a/b.c d': { command: 'no-such-program' },
      inside: { url: 'https://user:password@mcp.example.com/mcp' },
    },
  })
  const { code, out } = await init(here, undefined, '--yes', '--json')
  const { left, servers } = planOf(out)
  expect([code, servers]).toEqual([0, ['notes']])
  expect(Object.fromEntries(left.map(({ name, reason }) => [name, reason]))).toEqual({
    boxed: 'its client runs it in a sandbox, which the gateway does not give',
    helped: 'its headers come from a program of its client (`headersHelper`)',
    signed: 'its client signs in for it (`oauth`)',
    filed: 'its `envFile` /no/such/.env cannot be read',
    asked: 'nothing here gives input:key a value',
    socket: 'WebSocket is no transport of MCP',
    inside: expect.stringContaining('a URL must not hold credentials'),
    'a-b-c-d': expect.stringContaining('ENOENT'),
  })
})

test('tools that share a name are one entry of the policy, under the graver rating', async () => {
  const here = clientMachine()
  here.write(
    'server.cjs',
    `const tools = [
  { name: 'run', description: 'Returns the weather', inputSchema: { type: 'object' } },
  { name: 'run', description: 'Deletes the whole database permanently', inputSchema: { type: 'object' } },
  { name: 'no name/at all', inputSchema: { type: 'object' } },
]
require('node:readline').createInterface({ input: process.stdin }).on('line', line => {
  const { id, method } = JSON.parse(line)
  if (id === undefined) return
  const say = more => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', id, ...more }) + '\\n')
  if (method === 'initialize') say({ result: { protocolVersion: '2025-06-18', capabilities: { tools: {} }, serverInfo: { name: 's', version: '1' } } })
  else if (method === 'tools/list') say({ result: { tools } })
  else say({ error: { code: -32601, message: 'no' } })
})`,
  )
  here.write('home/.cursor/mcp.json', {
    mcpServers: { odd: { command: process.execPath, args: [join(here.folder, 'server.cjs')] } },
  })
  expect((await init(here, undefined, '--yes')).code).toBe(0)
  const policy = policyOf(here, 'odd')
  expect(policy.match(/^ {2}run:/gm)).toHaveLength(1)
  expect(policy).not.toContain('no name')
  const checked = await here.run(['policy', 'check', join(here.home, '.config/sallyport/policies/odd.yaml')])
  expect(checked.code).toBe(0)
})

test('a configuration somebody made is not written over; another address is told to `start`', async () => {
  const here = clientMachine()
  twoServers(here)
  here.write('home/.config/sallyport/sallyport.yaml', 'servers: {}\n')
  const refused = await init(here, undefined, '--yes')
  expect([refused.code, refused.err]).toEqual([2, expect.stringMatching(/it is\s+there already/)])
  expect(here.read('home/.config/sallyport/sallyport.yaml')).toBe('servers: {}\n')
  const folder = join(here.folder, 'with space')
  const written = await init(here, undefined, '--yes', '--output', folder, '--gateway', 'http://127.0.0.1:9001')
  expect(written.out).toContain(`--config '${folder}/sallyport.yaml' --env-file '${folder}/secrets.env' --port 9001\n`)
  expect(written.out).toContain(`sallyport init --undo --output '${folder}'\n`)
  const bad = await init(here, undefined, '--yes', '--gateway', 'localhost:7777')
  expect([bad.code, bad.err]).toEqual([2, expect.stringContaining('is no address of a gateway')])
})

test('secrets are neither shown nor left in a file others may read', async () => {
  const here = clientMachine()
  const secret = ['ghp', 'abcdefghijklmnopqrstuvwxyz0123456789'].join('_')
  here.write('home/.cursor/mcp.json', {
    mcpServers: { notes: { command: memory, args: ['--token', secret, variable('KEY')], env: { API_KEY: secret } } },
  })
  const env = { KEY: `sk-ant-${'k'.repeat(24)}` }
  const { code, out, err } = await here.run(['init', '--project', here.project, '--yes'], { env })
  expect([code, (out + err).includes(secret), (out + err).includes(env.KEY)]).toEqual([0, false, false])
  const folder = join(here.home, '.config/sallyport')
  for (const name of ['sallyport.yaml', 'secrets.env', 'init.json', 'backups/3'])
    expect([name, statSync(join(folder, name)).mode & 0o777]).toEqual([name, 0o600])
  expect(readFileSync(join(folder, 'backups/3'), 'utf8')).toContain(secret)
})

test('run in a folder of a project, the files of the project count', async () => {
  const here = clientMachine()
  here.write('project/.mcp.json', { mcpServers: { notes: { command: memory } } })
  mkdirSync(join(here.project, 'src/deep'), { recursive: true })
  const from = process.cwd
  process.cwd = () => join(here.project, 'src/deep')
  try {
    const { code, err } = await here.run(['init', '--yes', '--dry-run'])
    expect([code, err]).toEqual([0, expect.stringContaining(join(here.project, '.mcp.json'))])
  } finally {
    process.cwd = from
  }
})

test('on a narrow terminal no line of the review is wider than it, commands aside', async () => {
  const here = clientMachine()
  twoServers(here)
  const { err } = await here.run(['init', '--project', here.project], { answers: ['y', '?', 'a', 'n'], columns: 60 })
  const own = err.split('\n').filter(line => ![here.folder, memory, '\r'].some(part => line.includes(part)))
  expect(own.filter(line => line.length > 60)).toEqual([])
})
