/**
 * Claude Code against the gateway (`npm run test:claude-code`): installs the client into a temporary folder with a HOME
 * of its own, adds the gateway with `claude mcp add`, and checks that `claude mcp list` reports it connected, in front
 * of a legacy and of a modern upstream, and not connected with a wrong token. Needs the npm registry; takes a minute;
 * not part of `npm test`. Removes everything afterwards.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startConformanceUpstream } from '../fixtures/conformance-upstream.ts'
import { localServer, spawnGateway } from '../fixtures/gateway.ts'

const claudeCode = '@anthropic-ai/claude-code@2.1.330'
const commandMs = 240_000

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
