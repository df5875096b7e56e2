/** Each rule of the house finds its violation, and lets its neighbour pass. */
import { expect, test } from 'vitest'
import { importsOf, judgeName, judgePaths, judgeSource } from '../../scripts/house-rules.ts'

function problemsOf(file: string, text: string): readonly string[] {
  return judgeSource(file, text)
    .filter(finding => finding.severity === 'problem')
    .map(finding => finding.message)
}

const broken: readonly (readonly [what: string, file: string, text: string])[] = [
  ['a pure room imports a domain', 'src/policy/a.ts', "import { x } from '../ledger/b.ts'\n"],
  ['a pure room imports the world', 'src/wire/a.ts', "import { readFileSync } from 'node:fs'\n"],
  ['a pure room imports a package with I/O', 'src/policy/a.ts', "import pino from 'pino'\n"],
  ['errors.ts imports a domain', 'src/errors.ts', "import type { X } from './ledger/b.ts'\n"],
  ['a domain imports the gateway', 'src/identity/a.ts', "import type { X } from '../gateway/call.ts'\n"],
  ['a domain imports the API', 'src/ledger/a.ts', "import { x } from '../api/b.ts'\n"],
  ['anything imports the CLI', 'src/gateway/a.ts', "import { x } from '../cli/b.ts'\n"],
  ['a driver outside store', 'src/ledger/a.ts', "import { DatabaseSync } from 'node:sqlite'\n"],
  ['undici outside upstream', 'src/gateway/a.ts', "import { Agent } from 'undici'\n"],
  ['a request outside upstream', 'src/api/a.ts', "import { request } from 'node:http'\n"],
  ['a socket in the CLI', 'src/cli/a.ts', "import { connect } from 'node:net'\n"],
  ['a process outside upstream', 'src/server.ts', "import { spawn } from 'node:child_process'\n"],
  ['a whole socket module', 'src/gateway/a.ts', "import * as http from 'node:http'\n"],
  ['a default socket module', 'src/gateway/a.ts', "import http from 'node:http'\n"],
  ['a dynamic import', 'src/gateway/a.ts', "const x = await import('undici')\n"],
  ['a re-export', 'src/gateway/a.ts', "export {\n  Agent,\n} from 'undici'\n"],
  ['a default export', 'src/gateway/a.ts', 'export default 1\n'],
  ['fetch', 'src/upstream/a.ts', 'await fetch(url)\n'],
  ['Math.random', 'src/gateway/a.ts', 'const x = Math.random()\n'],
  ['its own clock', 'src/limits/a.ts', 'const x = Date.now()\n'],
  ['too many lines', 'src/gateway/a.ts', 'x()\n'.repeat(501)],
]

test.each(broken)('%s is a problem', (_what, file, text) => {
  expect(problemsOf(file, text)).toHaveLength(1)
})

const allowed: readonly (readonly [what: string, file: string, text: string])[] = [
  [
    'pure rooms import each other',
    'src/policy/a.ts',
    "import { x } from '../wire/b.ts'\nimport { y } from '../limits.ts'\n",
  ],
  ['the hash of node:crypto in wire', 'src/wire/a.ts', "import { hash } from 'node:crypto'\n"],
  ['the gateway imports domains', 'src/gateway/a.ts', "import { x } from '../ledger/b.ts'\n"],
  ['the type of a driver', 'src/ledger/a.ts', "import type { DatabaseSync } from 'node:sqlite'\n"],
  ['a server of node:http', 'src/gateway/a.ts', "import { createServer, type Agent } from 'node:http'\n"],
  ['undici in upstream', 'src/upstream/a.ts', "import { Agent } from 'undici'\n"],
  ['undici in the CLI', 'src/cli/a.ts', "import { request } from 'undici'\n"],
  ['sqlite in store', 'src/store/a.ts', "import { DatabaseSync } from 'node:sqlite'\n"],
  ['words in comments', 'src/gateway/a.ts', '/** Never calls fetch(url). */\n// nor Math.random()\nx()\n'],
  ['a method called fetch', 'src/gateway/a.ts', 'await tools.fetch(url)\n'],
  ['a long catalogue', 'src/errors.ts', 'x()\n'.repeat(501)],
  ['500 lines', 'src/gateway/a.ts', 'x()\n'.repeat(500)],
]

test.each(allowed)('%s: no problem', (_what, file, text) => {
  expect(problemsOf(file, text)).toEqual([])
})

test('more than 300 lines is a question', () => {
  expect(judgeSource('src/gateway/a.ts', 'x()\n'.repeat(301))).toMatchObject([{ severity: 'question' }])
  expect(judgeSource('src/gateway/a.ts', 'x()\n'.repeat(300))).toEqual([])
})

test('imports are read over several lines, with their names', () => {
  const text = "import {\n  type A,\n  b as c,\n} from './x.ts'\nimport './y.ts'\nimport type { D } from './z.ts'\n"
  expect(importsOf(text)).toEqual([
    { from: './x.ts', names: ['b'], typeOnly: false },
    { from: './z.ts', names: ['D'], typeOnly: true },
    { from: './y.ts', names: ['*'], typeOnly: false },
  ])
})

test.each(['src/utils/a.ts', 'src/gateway/index.ts', 'src/wire/json-helpers.ts', 'test/common.ts'])(
  '%s is a forbidden name',
  file => {
    expect(judgeName(file)).toHaveLength(1)
  },
)

test('names that merely contain a forbidden word pass', () => {
  expect(judgeName('src/ledger/commonplace.ts')).toEqual([])
  expect(judgeName('src/wire/indexed.ts')).toEqual([])
})

test('paths of one machine are found, with their line; examples are not', () => {
  const path = ['', 'home', 'someone', 'x'].join('/')
  expect(judgePaths('README.md', `a\nsee ${path}\n`)).toMatchObject([{ file: 'README.md:2' }])
  expect(
    judgePaths('README.md', 'see https://example.com/home/page, ~/src/x, /srv/data, /home/you/x and $HOME/src/x\n'),
  ).toEqual([])
})
