/** `docs/reference/errors.md` and the catalogue in `src/errors.ts` say the same, read in both directions. */
import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { errorsPagePath, renderErrorsPage } from '../../scripts/errors-page.ts'
import { errorCodes, errorEntry } from '../../src/errors.ts'

const page = readFileSync(errorsPagePath, 'utf8')
const entries = new Map(
  page
    .split(/^### /m)
    .slice(1)
    .map(part => {
      const fields = [...part.matchAll(/^- ([A-Za-z -]+): (.*)$/gm)].map(field => [field[1], field[2]])
      return [part.slice(0, part.indexOf('\n')), Object.fromEntries(fields) as Record<string, string>] as const
    }),
)

test('every code of the catalogue stands on the page as it is', () => {
  for (const code of errorCodes()) {
    const entry = errorEntry(code)
    expect(entries.get(code), `${code}: run \`npm run docs:errors\``).toEqual({
      'HTTP status': String(entry.http),
      'JSON-RPC code': String(entry.rpc),
      message: entry.message.replaceAll('\n', ' '),
      cause: entry.cause,
      remedy: entry.remedy,
    })
  }
})

test('the page names no code that the catalogue lacks', () => {
  const codes = new Set<string>(errorCodes())
  expect([...entries.keys()].filter(code => !codes.has(code))).toEqual([])
})

test('the page is what `npm run docs:errors` writes', () => {
  expect(page).toBe(renderErrorsPage(readFileSync('src/errors.ts', 'utf8')))
})

test('messages are lower-case sentences without a final period, and every entry has a remedy', () => {
  for (const code of errorCodes()) {
    const { message, cause, remedy } = errorEntry(code)
    for (const text of [message, cause, remedy]) expect(text, code).toMatch(/^[^\s.].*[^.\s]$/s)
    expect(message, code).not.toMatch(/^[A-Z][a-z]/)
  }
})

test('codes of our own stay outside the range JSON-RPC and MCP reserve', () => {
  // JSON-RPC 2.0 section 5.1; MCP 2026-07-28 basic/index assigns −32020…−32022 inside the range
  const standard = new Set([-32700, -32600, -32601, -32602, -32603, -32002, -32020, -32021, -32022, -32042, -32043])
  for (const code of errorCodes()) {
    const { rpc } = errorEntry(code)
    expect(rpc > -32000 || rpc < -32768 || standard.has(rpc), `${code} has ${rpc}`).toBe(true)
  }
})

test('every code is used somewhere', () => {
  const sources = globSync('src/**/*.ts').filter(path => !/(?:\.test\.ts|errors\.ts)$/.test(path))
  const text = sources.map(path => readFileSync(path, 'utf8')).join('\n')
  expect(errorCodes().filter(code => !text.includes(`'${code}'`))).toEqual([])
})
