/** `sallyport init` on the configurations of every client, with real servers, and back again byte for byte. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { parse } from 'jsonc-parser'
import { expect, onTestFinished, test } from 'vitest'
import { binary, type ClientMachine, clientMachine, installed } from '../fixtures/client-machine.ts'
import { compiled } from '../fixtures/compiled.ts'
import { RawClient } from '../fixtures/raw-client.ts'
import { connectSdk, sdkKinds } from '../fixtures/sdk-clients.ts'

const { memory, filesystem } = installed

interface Machine extends Omit<ClientMachine, 'run'> {
  /** The binary, in a process of its own. */
  run(...args: readonly string[]): ReturnType<ClientMachine['spawn']>
}

function machine(): Machine {
  const here = clientMachine()
  return { ...here, run: here.spawn }
}

const variable = (inside: string) => `$\{${inside}}`

/** What every client keeps, with comments, variables, odd spacing and members of its own. */
function everyClient({ write, home, project, folder }: Machine): readonly string[] {
  const data = join(folder, 'data')
  mkdirSync(data)
  const stdio = { command: filesystem, args: [data] }
  const files: Record<string, string> = {
    'home/.claude.json': JSON.stringify({
      numStartups: 7,
      mcpServers: { files: { type: 'stdio', ...stdio, alwaysLoad: true } },
      projects: {
        [project]: { mcpServers: { notes: { command: memory, env: { MEMORY_FILE_PATH: `${data}/n.json` } } } },
        '/else': {},
      },
    }),
    'project/.mcp.json': `{\r\n  "mcpServers": {\r\n    "shared": {"command":"${filesystem}", "args":["${variable('DATA')}"]}\r\n  }\r\n}\r\n`,
    'home/.config/Claude/claude_desktop_config.json': `{"globalShortcut":"","mcpServers":{"files":${JSON.stringify(stdio)}}}`,
    'home/.cursor/mcp.json': `{\n\t// mine\n\t"mcpServers": {\n\t\t"files": ${JSON.stringify({ ...stdio, args: [variable('env:DATA')] })}, // here\n\t},\n}`,
    'home/.config/Code/User/mcp.json': `{ "inputs": [ {"id":"k","type":"promptString"} ],\n  "servers": { "files": ${JSON.stringify({ type: 'stdio', ...stdio })} } }\n`,
    'home/.codex/config.toml': `model = "m" # keep\n\n[mcp_servers.files]\ncommand = "${filesystem}"\nargs = ["${data}"]\nstartup_timeout_sec = 20\n\n[tui]\ntheme = "x"\n`,
    'home/.codeium/windsurf/mcp_config.json': `{"mcpServers": {"files": ${JSON.stringify(stdio)}}}`,
    'home/.gemini/settings.json': `{"theme": "x", "mcpServers": {"files": ${JSON.stringify({ ...stdio, trust: false })}}}`,
  }
  for (const [file, text] of Object.entries(files)) write(file, text)
  mkdirSync(join(home, '.local'))
  return Object.keys(files)
}

test('every client is found, rewired and put back byte for byte', async () => {
  const here = machine()
  const files = everyClient(here)
  const before = here.snapshot()
  const { code, out, err } = await here.run('init', '--yes', '--level', 'read-only')
  expect([code, err]).toEqual([0, expect.stringContaining('Gemini CLI')])
  expect(out).toMatch(/^3 servers behind the gateway\n/)
  const after = here.snapshot()
  const changed = Object.keys(after).filter(file => after[file] !== before[file])
  expect(changed.filter(file => !file.startsWith('home/.config/sallyport/')).sort()).toEqual([...files].sort())
  for (const file of files) expect(after[file], file).toContain('127.0.0.1:7777')
  expect(after['home/.cursor/mcp.json']).toContain('// mine')
  expect(after['home/.codex/config.toml']).toContain('model = "m" # keep')
  expect(after['home/.claude.json']).toContain('"alwaysLoad":')
  expect(after['home/.claude.json']).toContain('"numStartups":7')
  const undone = await here.run('init', '--undo')
  expect([undone.code, here.snapshot()]).toEqual([0, before])
})

test('a shared file of a project holds no token, and secrets stand in a file of their owner alone', async () => {
  const here = machine()
  everyClient(here)
  here.write(
    'home/.cursor/mcp.json',
    JSON.stringify({
      mcpServers: { a: { command: memory, env: { API_KEY: 'k-1 "x"', MEMORY_FILE_PATH: '/dev/null' } } },
    }),
  )
  expect((await here.run('init', '--yes')).code).toBe(0)
  const { 'project/.mcp.json': shared = '', ...rest } = here.snapshot()
  expect(shared).not.toContain('sp_')
  expect(shared).toContain(variable('SALLYPORT_TOKEN_CLAUDE_CODE'))
  expect(rest['home/.config/sallyport/secrets.env']).toMatch(/^100600 /)
  expect(rest['home/.config/sallyport/secrets.env']).toContain(`A_API_KEY='k-1 "x"'`)
  expect(rest['home/.config/sallyport/sallyport.yaml']).toContain('API_KEY: env:A_API_KEY')
  expect(rest['home/.config/sallyport/sallyport.yaml']).not.toMatch(/k-1|sp_/)
})

test('the gateway starts with what was written, and enforces it', async () => {
  const here = machine()
  everyClient(here)
  const port = await freePort()
  expect((await here.run('init', '--yes', '--level', 'read-only', '--gateway', `http://127.0.0.1:${port}`)).code).toBe(
    0,
  )
  await startGateway(here, port)
  const { url, headers } = entriesIn<Remote>(here, '.cursor/mcp.json')['files'] as Remote
  const client = await new RawClient(url, headers.Authorization.replace('Bearer ', ''), 'modern').connect()
  const { items } = await client.listAll('tools/list', 'tools')
  const names = items.map(({ name }) => name)
  expect(names).toContain('read_text_file')
  expect(names).not.toContain('write_file')
  const denied = await client.request('tools/call', {
    name: 'write_file',
    arguments: { path: `${here.folder}/data/x`, content: '' },
  })
  expect(JSON.stringify(denied.result)).toContain('[POLICY DENIED]')
  const read = await client.request('tools/call', {
    name: 'list_directory',
    arguments: { path: `${here.folder}/data` },
  })
  expect(read.result?.['isError']).toBeFalsy()
})

test('the clients of both SDKs, and the bridge of Claude Desktop, list and call what the policy lets through', async () => {
  const here = machine()
  everyClient(here)
  const port = await freePort()
  const before = here.snapshot()
  expect((await here.run('init', '--yes', '--gateway', `http://127.0.0.1:${port}`)).code).toBe(0)
  await startGateway(here, port)
  const { url, headers } = entriesIn<Remote>(here, '.cursor/mcp.json')['files'] as Remote
  const path = join(here.folder, 'data')
  for (const kind of sdkKinds) {
    const client = await connectSdk(kind, url, headers.Authorization.replace('Bearer ', ''))
    const names = (await client.listTools()).map(({ name }) => name)
    expect([kind, names.includes('write_file'), names.includes('list_directory')]).toEqual([kind, true, true])
    expect(await client.call('list_directory', { path })).not.toMatch(/^\[[A-Z]/)
    expect(await client.call('write_file', { path: `${path}/x`, content: '' })).toContain('[APPROVAL REQUIRED]')
    await client.close()
  }
  const { command, args, env } = entriesIn<Local>(here, '.config/Claude/claude_desktop_config.json')['files'] as Local
  const bridged = new Client({ name: 'desktop', version: '1' })
  await bridged.connect(
    new StdioClientTransport({ command, args: [...args], env: { ...compiled, ...here.env, ...env } }),
  )
  onTestFinished(() => bridged.close())
  expect((await bridged.listTools()).tools.map(({ name }) => name)).toContain('list_directory')
  expect((await bridged.callTool({ name: 'list_directory', arguments: { path } })).isError).toBeFalsy()
  expect([(await here.run('init', '--undo')).code, without(here.snapshot(), 'home/.local')]).toEqual([0, before])
})

interface Remote {
  readonly url: string
  readonly headers: { readonly Authorization: string }
}
interface Local {
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

function entriesIn<T>({ home }: Machine, file: string): Readonly<Record<string, T>> {
  const text = readFileSync(join(home, file), 'utf8')
  return (parse(text, [], { allowTrailingComma: true }) as { mcpServers: Record<string, T> }).mcpServers
}

const without = (snapshot: Record<string, string>, folder: string) =>
  Object.fromEntries(Object.entries(snapshot).filter(([file]) => !file.startsWith(folder)))

/** The gateway with what `init` wrote, ready. */
async function startGateway(here: Machine, port: number): Promise<void> {
  const settings = join(here.home, '.config/sallyport')
  const options = ['--config', join(settings, 'sallyport.yaml'), '--env-file', join(settings, 'secrets.env')]
  const gateway = spawn(process.execPath, [binary, 'start', ...options, '--port', String(port)], {
    cwd: here.project,
    env: { PATH: here.env['PATH'], HOME: here.home, ...compiled },
    stdio: 'ignore',
  })
  onTestFinished(async () => {
    gateway.kill('SIGTERM')
    await once(gateway, 'exit')
  })
  const ready = () =>
    fetch(`http://127.0.0.1:${port}/readyz`).then(
      answer => answer.status,
      () => 0,
    )
  await expect.poll(ready, { timeout: 20_000 }).toBe(200)
}

test('nothing is started and nothing is written where nobody can be asked', async () => {
  const here = machine()
  everyClient(here)
  const before = here.snapshot()
  const { code, err } = await here.run('init')
  expect([code, here.snapshot()]).toEqual([2, before])
  expect(err).toContain(`${filesystem} ${here.folder}/data`)
})

test('an edit made since is never lost by undo', async () => {
  const here = machine()
  everyClient(here)
  const before = here.snapshot()
  await here.run('init', '--yes')
  here.write('home/.gemini/settings.json', '{"mine": true}')
  const { code, out } = await here.run('init', '--undo')
  expect([code, out]).toEqual([1, expect.stringContaining('settings.json was changed since and stays')])
  const now = here.snapshot()
  expect(now['home/.gemini/settings.json']).toContain('"mine"')
  expect(now['home/.cursor/mcp.json']).toBe(before['home/.cursor/mcp.json'])
})

test('a linked file stays a link, and a broken one is left alone and named', async () => {
  const here = machine()
  here.write(
    'dotfiles/cursor.json',
    JSON.stringify({ mcpServers: { files: { command: filesystem, args: [here.folder] } } }),
  )
  mkdirSync(join(here.home, '.cursor'))
  symlinkSync(join(here.folder, 'dotfiles/cursor.json'), join(here.home, '.cursor/mcp.json'))
  here.write('home/.gemini/settings.json', '{"mcpServers": ')
  const { code, err } = await here.run('init', '--yes')
  expect([code, err]).toEqual([0, expect.stringMatching(/settings\.json.* cannot be used: .* line 1/)])
  expect(readFileSync(join(here.folder, 'dotfiles/cursor.json'), 'utf8')).toContain('/mcp/files')
  expect(readFileSync(join(here.home, '.gemini/settings.json'), 'utf8')).toBe('{"mcpServers": ')
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address !== null ? address.port : 0
}
