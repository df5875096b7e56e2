/** Policies that speak of what a tool can do, before a real server. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startGateway, type TestGateway } from '../fixtures/gateway.ts'
import { RawClient } from '../fixtures/raw-client.ts'

const server = new URL('../../node_modules/.bin/mcp-server-filesystem', import.meta.url).pathname
const folder = mkdtempSync(join(tmpdir(), 'sallyport-risk-'))
let gateway: TestGateway

beforeAll(async () => {
  const conditions = [{ path: 'tool.category', op: 'in', value: ['Destructive', 'Financial'] }]
  gateway = await startGateway({
    servers: { files: { command: server, args: [folder], pin: 'trust-first' } },
    policies: {
      careful: {
        version: '1',
        default: 'allow',
        tools: {
          '*': { deny_if: [{ conditions, on_deny: 'nothing that cannot be taken back' }] },
          create_directory: { require: [{ conditions: [{ path: 'tool.severity', op: 'eq', value: 'medium' }] }] },
          move_file: { require: [{ when: 'tool.category == "Read"' }] },
        },
      },
    },
    grants: { agent: { servers: { files: 'careful' } } },
  })
})

afterAll(async () => {
  await gateway.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function call(name: string, args: Record<string, string>): Promise<string> {
  const client = await new RawClient(gateway.endpoint('files'), gateway.tokens['agent'] ?? '', 'modern').connect()
  const { result } = await client.request('tools/call', { name, arguments: args })
  return JSON.stringify(result)
}

test('a rule about a category covers tools nobody has named', async () => {
  const written = await call('write_file', { path: join(folder, 'a'), content: 'x' })
  expect(written).toContain('nothing that cannot be taken back')
  expect(await call('list_directory', { path: folder })).not.toContain('[POLICY DENIED]')
})

test('severity and the variables of `when` say the same', async () => {
  expect(await call('create_directory', { path: join(folder, 'd') })).not.toContain('[POLICY DENIED]')
  expect(await call('move_file', { source: folder, destination: folder })).toContain('/tools/move_file/require/0')
})
