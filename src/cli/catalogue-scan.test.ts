import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, onTestFinished, test } from 'vitest'

const root = new URL('../../', import.meta.url).pathname
const folder = mkdtempSync(join(tmpdir(), 'sallyport-scan-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const memory = join(root, 'node_modules/.bin/mcp-server-memory')

/** The real binary. */
function run(...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise(resolve => {
    execFile(process.execPath, [join(root, 'src/main.ts'), 'catalogue', 'scan', ...args], (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err })
    })
  })
}

function write(name: string, value: unknown): string {
  const file = join(folder, name)
  writeFileSync(file, JSON.stringify(value))
  return file
}

const client = write('mcp.json', {
  mcpServers: {
    memory: { command: memory, env: { MEMORY_FILE_PATH: join(folder, 'memory.json') } },
    broken: { command: process.execPath, args: ['-e', 'console.error("KEY is missing"); process.exit(2)'] },
  },
})

test('nothing is started before a person has seen the whole command', async () => {
  const { code, out, err } = await run(client)
  expect([code, out]).toEqual([2, ''])
  expect(err).toContain(`MEMORY_FILE_PATH=… ${memory}`)
  expect(err).toContain('KEY is missing')
  expect(err).toContain('add --yes')
})

test('the servers of a client are seen; one that cannot be is a finding with its reason', async () => {
  const { code, out } = await run(client, '--yes', '--json')
  expect(code).toBe(1)
  const { servers } = JSON.parse(out) as { servers: { name: string; tools?: { name: string }[]; error?: unknown }[] }
  expect(servers[0]?.tools?.map(tool => tool.name)).toContain('create_entities')
  expect(servers[1]).toMatchObject({ name: 'broken', error: { code: 'ERR_SERVER_LIST' } })
  expect(JSON.stringify(servers[1])).toContain('printed last: KEY is missing')
})

test('a command that was typed is started, and its tools are shown', async () => {
  const { code, out } = await run('--stdio', '--env', `MEMORY_FILE_PATH=${join(folder, 'm.json')}`, '--', memory)
  expect([code, out]).toEqual([0, expect.stringContaining('9 tools')])
})

test('a name is looked up in a registry, page by page', async () => {
  const server = {
    name: 'io.test/memory',
    description: '',
    version: '1',
    packages: [{ registryType: 'oci', identifier: 'x' }],
  }
  const asked: string[] = []
  const registry = createServer((request, response) => {
    asked.push(request.url ?? '')
    const isLast = request.url?.includes('cursor=2')
    response.end(JSON.stringify(isLast ? { servers: [{ server }] } : { servers: [], metadata: { nextCursor: '2' } }))
  })
  await new Promise<void>(resolve => registry.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void registry.close())
  const address = registry.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const { code, out } = await run('io.test/memory', '--registry', `http://127.0.0.1:${port}`)
  expect([code, asked.length]).toEqual([1, 2])
  expect(out).toContain('it comes as oci')
})

test('a configured package is matched to its name in a registry, in a file or as shipped', async () => {
  const args = ['-y', '@modelcontextprotocol/server-memory@0.0.0-none']
  const configured = write('npx.json', {
    mcpServers: { notes: { command: '/nowhere/npx', args }, other: { command: 'x' } },
  })
  const server = {
    name: 'io.test/notes',
    description: '',
    version: '1',
    packages: [{ registryType: 'npm', identifier: '@modelcontextprotocol/server-memory' }],
  }
  const registry = write('registry.json', { servers: [{ server }] })
  const names = async (...more: string[]) => {
    const { out } = await run(configured, '--yes', '--json', ...more)
    return (JSON.parse(out) as { servers: { registry?: string }[] }).servers.map(each => each.registry)
  }
  expect(await names('--registry', registry)).toEqual(['io.test/notes', undefined])
  expect(await names()).toEqual(['io.github.modelcontextprotocol/server-memory', undefined])
})

test('what is nothing of these is a usage error that says what can be named', async () => {
  const { code, err } = await run('nowhere')
  expect([code, err]).toEqual([2, expect.stringContaining('a client configuration')])
})
