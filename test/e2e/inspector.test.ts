/** The Inspector's command line against the gateway: list, call, a tool error and a wrong token, in both eras. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compiled } from '../fixtures/compiled.ts'
import { startConformanceUpstream } from '../fixtures/conformance-upstream.ts'
import { type Fields, fields, list, text } from '../fixtures/fields.ts'
import { localServer, startGateway, type TestGateway } from '../fixtures/gateway.ts'
import { binaryOf } from '../fixtures/real-servers.ts'

/** Exit codes of the Inspector. */
const authExit = 3
const toolErrorExit = 5

let gateway: TestGateway
let home: string
const stops: (() => Promise<void>)[] = []

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'sallyport-inspector-'))
  const upstream = await startConformanceUpstream('both')
  gateway = await startGateway({ servers: { fixture: localServer(upstream.url) } })
  stops.push(gateway.stop, upstream.stop, () => rm(home, { recursive: true, force: true }))
})

afterAll(async () => {
  for (const stop of stops) await stop()
})

interface Inspected {
  readonly exitCode: number
  readonly out: Fields
  readonly errors: string
}

async function inspect(era: string, token: string, args: readonly string[]): Promise<Inspected> {
  const url = gateway.endpoint('fixture')
  const header = `Authorization: Bearer ${token}`
  const script = binaryOf('@modelcontextprotocol/inspector', 'mcp-inspector')
  const fixed = ['--cli', url, '--transport', 'http', '--protocol-era', era, '--header', header, '--format', 'json']
  const child = spawn(process.execPath, [script, ...fixed, '--stored-auth-only', ...args], {
    cwd: home,
    env: { ...compiled, HOME: home, PATH: process.env['PATH'], MCP_INSPECTOR_SECRET_STORE: 'memory' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  let errors = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString('utf8')
  })
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString('utf8')
  })
  const [exitCode] = (await once(child, 'close')) as [number]
  return { exitCode, out: output === '' ? {} : fields(JSON.parse(output)), errors }
}

describe.each(['legacy', 'auto', 'modern'])('inspector, era %s', era => {
  const token = (): string => gateway.tokens['agent'] ?? ''

  test('lists tools', async () => {
    const { exitCode, out, errors } = await inspect(era, token(), ['--method', 'tools/list'])
    expect(exitCode, errors).toBe(0)
    const tools = list(fields(out['result'])['tools']).map(tool => text(tool['name']))
    expect(tools).toContain('test_simple_text')
  })

  test('calls a tool', async () => {
    const call = ['--method', 'tools/call', '--tool-name', 'test_x_mcp_header', '--tool-args-json', '{"region":"é"}']
    const { exitCode, out, errors } = await inspect(era, token(), call)
    expect(exitCode, errors).toBe(0)
    expect(text(list(fields(out['result'])['content'])[0]?.['text'])).toBe('region=é')
  })

  test('sees a tool error as one', async () => {
    const call = ['--method', 'tools/call', '--tool-name', 'test_error_handling']
    const { exitCode, errors } = await inspect(era, token(), call)
    expect(exitCode, errors).toBe(toolErrorExit)
  })

  test('is turned away with a wrong token', async () => {
    const { exitCode, errors } = await inspect(era, `sp_${'A'.repeat(43)}`, ['--method', 'tools/list'])
    expect(exitCode).toBe(authExit)
    expect(errors).toContain('auth_required')
  })
})
