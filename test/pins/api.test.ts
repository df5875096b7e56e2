/** The routes of the control API, written out, and the page that lists them. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { openApiDocument } from '../../src/api/app.ts'
import { fields } from '../fixtures/fields.ts'

const routes = [
  'DELETE /api/v1/grants/{name}',
  'DELETE /api/v1/policies/{name}',
  'DELETE /api/v1/servers/{name}',
  'GET /api/v1/grants',
  'GET /api/v1/ledger',
  'GET /api/v1/ledger/export',
  'GET /api/v1/ledger/{requestId}',
  'GET /api/v1/policies',
  'GET /api/v1/policies/{name}',
  'GET /api/v1/servers',
  'GET /api/v1/servers/{name}',
  'GET /api/v1/servers/{name}/tools',
  'GET /api/v1/status',
  'POST /api/v1/explain',
  'POST /api/v1/grants',
  'POST /api/v1/grants/{name}/rotate',
  'POST /api/v1/reload',
  'POST /api/v1/servers',
  'POST /api/v1/servers/{name}/review',
  'PUT /api/v1/policies/{name}',
]

test('the OpenAPI document lists exactly these routes', () => {
  const { openapi, paths } = fields(openApiDocument('1.2.3'))
  expect(openapi).toBe('3.1.0')
  const listed = Object.entries(fields(paths)).flatMap(([path, methods]) =>
    Object.keys(fields(methods)).map(method => `${method.toUpperCase()} ${path}`),
  )
  expect(listed.sort()).toEqual(routes)
})

test('every operation wants the admin credential, says what it does, and shows its answer', () => {
  for (const [path, methods] of Object.entries(fields(fields(openApiDocument('1.2.3'))['paths'])))
    for (const [method, operation] of Object.entries(fields(methods))) {
      const { security, summary, responses } = fields(operation)
      expect([path, method, security]).toEqual([path, method, [{ admin: [] }]])
      expect(String(summary).length).toBeGreaterThan(5)
      expect(Object.keys(fields(responses)).some(status => status === '200' || status === '201')).toBe(true)
    }
})

test('the page lists the same routes', () => {
  const page = readFileSync('docs/reference/http-api.md', 'utf8')
  const listed = [...page.matchAll(/^\| `([A-Z]+ \/api\/v1[^`]*)` \|/gm)].map(match => match[1])
  expect(listed.sort()).toEqual([...routes, 'GET /api/v1/openapi.json'].sort())
})

test('the error form of the page is the one that is served', () => {
  const document = JSON.stringify(openApiDocument('1.2.3'))
  expect(document).toContain('"Refusal"')
  for (const member of ['code', 'message', 'remedy']) expect(document).toContain(`"${member}"`)
})
