/** The example of docs/reference/scan.md is what the command prints. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { clientMachine } from '../fixtures/client-machine.ts'
import { readSarif } from '../fixtures/sarif-shape.ts'

const page = readFileSync(new URL('../../docs/reference/scan.md', import.meta.url), 'utf8')
const section = /## What it looks like\n([\s\S]*?)\n## Rules\n/.exec(page)?.[1] ?? ''
const [config = '', , result = ''] = [...section.matchAll(/```(?:json|text)\n([\s\S]*?)```/g)].map(([, text]) => text)
const shown = /```text\n([\s\S]*?)```/.exec(section)?.[1]
const quoted = section
  .split('\n')
  .filter(line => line.startsWith('>'))
  .map(line => line.replace(/^> ?/, ''))
  .join('\n')

test('text, Markdown and SARIF of the example', async () => {
  const here = clientMachine()
  here.write('project/.mcp.json', config)
  const scan = (...args: readonly string[]) => here.run(['scan', '--no-start', '--project', here.project, ...args])
  expect(await scan()).toMatchObject({ code: 1, out: shown })
  expect((await scan('--markdown', '-')).out).toBe(`${quoted}\n`)
  const [first] = readSarif((await scan('--sarif', '-')).out).results
  expect(first).toEqual(JSON.parse(result))
})
