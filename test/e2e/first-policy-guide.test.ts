/**
 * `docs/guides/first-policy.md`, done: its files are written, its commands typed, its agent makes its calls against a
 * real server, and what the page shows is what comes. Times, line breaks and the folder of the example differ.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { compiled } from '../fixtures/compiled.ts'
import { type GuideStep, guideCalls, guideSteps } from '../fixtures/guide.ts'
import { binaryOf } from '../fixtures/real-servers.ts'

const page = 'docs/guides/first-policy.md'
const steps = guideSteps(page)
const token = `sp_${randomBytes(32).toString('base64url')}`
let folder = ''
let gateway: ChildProcess | undefined
let url = ''

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-guide-'))
  for (const [name, text] of [
    ['data/public/welcome.txt', 'hello\n'],
    ['data/private/salaries.csv', 'name,salary\n'],
  ] as const) {
    put(name, text)
  }
  put('bin/sallyport', `#!/bin/sh\nexec '${process.execPath}' '${resolve('src/main.ts')}' "$@"\n`)
  chmodSync(join(folder, 'bin/sallyport'), 0o755)
})

afterAll(async () => {
  if (gateway !== undefined && gateway.exitCode === null) {
    const gone = once(gateway, 'exit')
    gateway.kill('SIGTERM')
    await gone
  }
  rmSync(folder, { recursive: true })
})

function put(name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true })
  writeFileSync(join(folder, name), text)
}

/** What the page calls `/srv/data` is a folder of this test, and its server is the one that is installed. */
function here(text: string): string {
  return text
    .replaceAll('/srv/data', join(folder, 'data'))
    .replace('command: npx', `command: ${process.execPath}`)
    .replace(
      '"-y", "@modelcontextprotocol/server-filesystem"',
      `"${binaryOf('@modelcontextprotocol/server-filesystem')}"`,
    )
}

/** Output without what differs from run to run. */
function plain(text: string): string {
  return text
    .replaceAll(join(folder, 'data'), '/srv/data')
    .replaceAll(/\b(?:\d+[smh] ago|now)\b/g, '5s ago')
    .replaceAll(/version [0-9a-f]{12}|\b[0-9a-f]{12}\b/g, found => (found.startsWith('version') ? 'version …' : '…'))
    .replaceAll(/\s+/g, ' ')
    .trim()
}

const environment = (): Record<string, string> => ({
  PATH: [join(folder, 'bin'), process.env['PATH']].join(delimiter),
  ...compiled,
  HOME: folder,
  XDG_DATA_HOME: join(folder, 'state'),
  SALLYPORT_GRANT_EDITOR: token,
})

function shell(text: string): Promise<{ code: number; out: string }> {
  return new Promise(done => {
    execFile('sh', ['-c', `exec 2>&1\n${here(text)}`], { cwd: folder, env: environment() }, (error, out) => {
      done({ code: error === null ? 0 : Number(error.code), out })
    })
  })
}

async function start(text: string): Promise<void> {
  const started = spawn('sh', ['-c', `exec ${text.trim()} --port 0 --json 2>/dev/null`], {
    cwd: folder,
    env: environment(),
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  gateway = started
  let said = ''
  started.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8')
  })
  while (!said.includes('}')) await Promise.race([once(started.stdout, 'data'), once(started, 'exit')])
  url = (JSON.parse(said) as { url: string }).url
}

async function callAll(step: GuideStep): Promise<void> {
  const client = new Client({ name: 'agent', version: '1.0.0' })
  const headers = { authorization: `Bearer ${token}` }
  const transport = new StreamableHTTPClientTransport(new URL(`${url}/mcp/files`), { requestInit: { headers } })
  // the SDK's own classes do not fit each other under `exactOptionalPropertyTypes`
  await client.connect(transport as Transport)
  try {
    await client.listTools()
    for (const { tool, args, answer } of guideCalls(step)) {
      const result = await client.callTool({ name: tool, arguments: JSON.parse(here(args)) as Record<string, unknown> })
      const text = (result['content'] as { text: string }[]).map(each => each.text).join('\n')
      expect(plain(text), `${tool} ${args}`).toContain(plain(answer))
    }
  } finally {
    await client.close()
  }
}

/** Commands whose output the page does not show, and what must be in it. */
const unshown: readonly { readonly command: RegExp; readonly out: RegExp }[] = [
  { command: /server review/, out: /14 tools of `files` are callable now/ },
  { command: /^cp /, out: /^$/ },
]

test('the page is whole', () => {
  expect(steps.map(step => step.kind).join(' ')).toMatch(/^file file start run agent run/)
  expect(steps.filter(step => step.kind === 'agent').flatMap(guideCalls)).toHaveLength(10)
  expect(steps.filter(step => step.output !== undefined)).toHaveLength(11)
})

test('a reader who does what the page says, sees what it shows', async () => {
  for (const step of steps) {
    if (step.kind === 'file') put(step.name, here(step.text))
    else if (step.kind === 'start') await start(step.text)
    else if (step.kind === 'agent') await callAll(step)
    else {
      // the page leaves out a question that nobody is here to answer
      const ran = await shell(step.text.replace('server review files', 'server review files --yes'))
      if (step.output === undefined) {
        const expected = unshown.find(({ command }) => command.test(step.text))
        expect(ran.out, step.text).toMatch(expected?.out ?? /never/)
        expect(ran.code, step.text).toBe(0)
      } else {
        sees(plain(ran.out), step)
        expect(ran.code, step.text).toBe(/^(?:deny|ask) | changes of verdicts/m.test(step.output) ? 1 : 0)
      }
      if (step.text.startsWith('cp ')) await inForce('enforce')
    }
  }
}, 120_000)

/** What is printed is what the page shows; `…` stands for a part it leaves out. */
function sees(printed: string, { text, output = '' }: GuideStep): void {
  const parts = output.split(/^…$/m).map(plain)
  if (parts.length === 1) expect(printed, text).toBe(parts[0])
  else for (const part of parts) expect(printed, text).toContain(part)
}

/** Waits until the gateway has read its files again. */
async function inForce(mode: string): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const { out } = await shell('sallyport policy show')
    if (out.includes(mode)) return
    await sleep(100)
  }
  throw new Error(`the policy in force is not in mode ${mode}`)
}

test('the parts of the policy that the page shows alone are parts of it', () => {
  const text = readFileSync(page, 'utf8')
  const whole = steps.filter(step => step.name === 'policies/next.yaml').at(-1)?.text ?? ''
  const parts = [...text.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, part = '']) => part)
  expect(parts.length).toBe(3)
  for (const part of parts) {
    for (const line of part.trim().split('\n').slice(2)) expect(whole).toContain(line.trim())
  }
  expect(whole).toContain('rate_limit: 30/hour')
})
