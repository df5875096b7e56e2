import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Control } from './control.ts'
import { exitCodes, Stop } from './exits.ts'
import { addHostServer, hostFileOf, removeHostServer } from './host-file.ts'

let dataDir = ''
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'sallyport-test-'))
})
afterEach(() => rmSync(dataDir, { recursive: true }))

/** A gateway that reads the file again, or refuses to. */
function control(refusal?: Stop): Control {
  return {
    address: { url: 'http://127.0.0.1:1', dataDir, record: undefined },
    ask: async (_method, path, shape) => {
      expect(path).toBe('/reload')
      if (refusal !== undefined) throw refusal
      return shape.parse({ changes: [] })
    },
    stream: () => Promise.reject(new Error('not here')),
  }
}

const text = () => readFileSync(hostFileOf(dataDir), 'utf8')
const server = { command: 'npx', args: ['-y', 'a b'], pin: 'review' } as const

test('servers are added to a file that people can read, and taken out of it', async () => {
  await addHostServer(control(), 'files', server)
  const expected = `# Servers started on this machine, written by \`sallyport server add --command\`.

servers:
  files:
    command: npx
    args:
      - -y
      - a b
    pin: review
`
  expect(text()).toBe(expected)
  expect(statSync(hostFileOf(dataDir)).mode & 0o777).toBe(0o600)
  await expect(addHostServer(control(), 'files', { command: 'true' })).rejects.toThrow('`files` exists already')
  expect(text()).toBe(expected)
  await addHostServer(control(), 'more', { command: 'true' })
  await removeHostServer(control(), 'more')
  expect(text()).toBe(expected)
})

test('what the gateway refuses is taken out again, comments and all as they were', async () => {
  const before = '# mine\nservers:\n  a: { command: "true" } # keep\n'
  writeFileSync(hostFileOf(dataDir), before)
  const refusal = new Stop(exitCodes.finding, 'ERR_CONFIG_INVALID', 'no')
  await expect(addHostServer(control(refusal), 'b', server)).rejects.toBe(refusal)
  expect(text()).toBe(before)
  await addHostServer(control(), 'b', { command: 'true' })
  expect(text()).toContain('# mine')
  expect(text()).toContain('# keep')
})

test('a file that is not a map of servers is left alone', async () => {
  for (const broken of ['- a\n', 'servers: [', 'just text']) {
    writeFileSync(hostFileOf(dataDir), broken)
    await expect(addHostServer(control(), 'b', server)).rejects.toThrow('it is not a YAML document')
    expect(text()).toBe(broken)
  }
})
