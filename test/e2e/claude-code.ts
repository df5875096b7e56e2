/**
 * Claude Code against the gateway (`npm run test:claude-code`): installs the client into a temporary folder with a HOME
 * of its own, adds the gateway with `claude mcp add`, and checks that `claude mcp list` reports it connected, in front
 * of a legacy and of a modern upstream, and not connected with a wrong token. Needs the npm registry; takes a minute;
 * not part of `npm test`. Then `init` takes over a configuration the client made itself, and `--undo` gives it back.
 * Removes everything afterwards.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { startConformanceUpstream } from '../fixtures/conformance-upstream.ts'
import { localServer, spawnGateway } from '../fixtures/gateway.ts'

const claudeCode = '@anthropic-ai/claude-code@2.1.330'
const commandMs = 240_000
const root = new URL('../../', import.meta.url).pathname

const folder = await mkdtemp(join(tmpdir(), 'sallyport-claude-code-'))
const home = join(folder, 'home')
const stops: (() => Promise<void>)[] = [() => rm(folder, { recursive: true, force: true })]

/** The client's own environment: nothing of this machine but the path. */
const clientEnv = { PATH: process.env['PATH'], HOME: home, DISABLE_AUTOUPDATER: '1', CI: '1' }

async function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = clientEnv): Promise<string> {
  const child = spawn(command, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: commandMs })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8')
    })
  }
  const [exitCode] = (await once(child, 'close')) as [number | null]
  if (exitCode !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${exitCode}:\n${output}`)
  return output
}

async function main(): Promise<void> {
  await mkdir(home)
  for (const era of ['legacy', 'modern'] as const) {
    const upstream = await startConformanceUpstream(era)
    stops.push(upstream.stop)
    upstreams[era] = localServer(upstream.url)
  }
  const gateway = await spawnGateway({ servers: upstreams })
  stops.push(gateway.stop)
  process.stdout.write(`gateway at ${gateway.url}; installing ${claudeCode}\n`)
  // npm runs as it always does here, with the registry and proxy settings of this machine.
  await run('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', '--no-save', claudeCode], process.env)
  const claude = join(folder, 'node_modules', '.bin', 'claude')
  process.stdout.write(`claude ${(await run(claude, ['--version'])).trim()}\n`)
  const add = (name: string, url: string, token: string): Promise<string> =>
    run(claude, ['mcp', 'add', '-t', 'http', name, url, '-H', `Authorization: Bearer ${token}`])
  const token = gateway.tokens['agent'] ?? ''
  await add('in-front-of-legacy', gateway.endpoint('legacy'), token)
  await add('in-front-of-modern', gateway.endpoint('modern'), token)
  await add('all-servers', gateway.endpoint(), token)
  await add('wrong-token', gateway.endpoint('legacy'), `sp_${'A'.repeat(43)}`)
  const listed = await run(claude, ['mcp', 'list'])
  process.stdout.write(`${listed.replaceAll(token, 'sp_…')}\n`)
  for (const name of ['in-front-of-legacy', 'in-front-of-modern', 'all-servers']) expectLine(listed, name, true)
  expectLine(listed, 'wrong-token', false)
  for (const name of ['in-front-of-legacy', 'in-front-of-modern', 'all-servers', 'wrong-token']) {
    await run(claude, ['mcp', 'remove', name])
  }
  await takeOver(claude)
}

/** A configuration the client made itself: `init` rewires it, the client connects through it, `--undo` puts it back. */
async function takeOver(claude: string): Promise<void> {
  const memory = join(root, 'node_modules/.bin/mcp-server-memory')
  const notes = join(folder, 'notes.json')
  for (const scope of ['user', 'local', 'project']) {
    await run(claude, [
      'mcp',
      'add',
      '-s',
      scope,
      `notes-${scope}`,
      '-e',
      `MEMORY_FILE_PATH=${notes}`,
      '--',
      memory,
      scope,
    ])
  }
  const files = [join(home, '.claude.json'), join(folder, '.mcp.json')]
  const before = await Promise.all(files.map(file => readFile(file)))
  const output = join(folder, 'settings')
  const sallyport = (...args: readonly string[]) =>
    run(process.execPath, [join(root, 'src/main.ts'), ...args], { ...clientEnv, XDG_DATA_HOME: join(folder, 'data') })
  const url = 'http://127.0.0.1:17777'
  process.stdout.write(
    await sallyport('init', '--yes', '--client', 'claude-code', '--output', output, '--gateway', url),
  )
  const options = ['--config', join(output, 'sallyport.yaml'), '--env-file', join(output, 'secrets.env')]
  const gateway = spawn(process.execPath, [join(root, 'src/main.ts'), 'start', ...options, '--port', '17777'], {
    env: { ...clientEnv, XDG_DATA_HOME: join(folder, 'data') },
    stdio: 'ignore',
  })
  const hasEnded = once(gateway, 'exit')
  try {
    await untilReady(`${url}/readyz`)
    const token = /^SALLYPORT_TOKEN_CLAUDE_CODE=(.*)$/m.exec(await readFile(join(output, 'secrets.env'), 'utf8'))?.[1]
    const listed = await run(claude, ['mcp', 'list'], { ...clientEnv, SALLYPORT_TOKEN_CLAUDE_CODE: token })
    process.stdout.write(listed)
    expectLine(listed, 'notes-user', true)
    expectLine(listed, 'notes-local', true)
  } finally {
    gateway.kill('SIGTERM')
    await hasEnded
  }
  const wired = await readFile(files[0] as string, 'utf8')
  // the client writes into its file whenever it runs: then its servers are put back, and what it wrote stays
  process.stdout.write(await sallyport('init', '--undo', '--output', output))
  const after = await Promise.all(files.map(file => readFile(file)))
  const isSame = after.map((text, index) => before[index]?.equals(text))
  process.stdout.write(
    `undone byte for byte: ${files.map((file, index) => `${basename(file)} ${isSame[index]}`).join(', ')}\n`,
  )
  if (isSame[1] !== true) throw new Error('the project file is not as it was')
  const [own, wanted, written] = [after[0]?.toString() ?? '', before[0]?.toString() ?? '', wired].map(partsOf)
  if (own?.servers !== wanted?.servers) throw new Error('the servers are not as they were')
  if (isSame[0] !== true && own?.rest !== written?.rest) throw new Error('an edit of the client was lost')
}

/** The servers of the client's own file, and everything else in it. */
function partsOf(text: string): { readonly servers: string; readonly rest: string } {
  const { mcpServers, projects, ...rest } = JSON.parse(text) as {
    mcpServers: unknown
    projects: Record<string, Record<string, unknown>>
  }
  const local = Object.entries(projects).map(([name, { mcpServers: servers }]) => [name, servers])
  const others = Object.entries(projects).map(([name, { mcpServers: _servers, ...more }]) => [name, more])
  return { servers: JSON.stringify([mcpServers, local]), rest: JSON.stringify([rest, others]) }
}

async function untilReady(url: string): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    const status = await fetch(url).then(
      answer => answer.status,
      () => 0,
    )
    if (status === 200) return
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  throw new Error('the gateway is not ready')
}

function expectLine(listed: string, name: string, connected: boolean): void {
  const line = listed.split('\n').find(candidate => candidate.startsWith(`${name}:`))
  const isConnected = line !== undefined && /connected/i.test(line) && !/not connected|failed|needs/i.test(line)
  if (line === undefined || isConnected !== connected)
    throw new Error(`\`claude mcp list\` says of ${name}: ${line ?? 'nothing'}`)
}

const upstreams: Record<string, ReturnType<typeof localServer>> = {}
try {
  await main()
  process.stdout.write('claude code is connected through the gateway\n')
} finally {
  for (const stop of stops.reverse()) await stop()
}
