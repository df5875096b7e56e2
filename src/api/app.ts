/**
 * The control API: everything under `/api/v1`. Its credential is of another kind than a grant's and is looked at
 * before anything else; a grant token, valid or not, is answered 403 whatever it asks for; a browser is not
 * served, since there is no page of ours to come from. Bodies are read once, bounded and strict.
 */
import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { OpenAPIHono } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { z } from 'zod'
import { accepted, errorEntry, Fault, type Refusal, type Result, refuse, refused } from '../errors.ts'
import { readBearer } from '../identity/grants.ts'
import { hashToken, tokenPrefix } from '../identity/token.ts'
import { limits } from '../limits.ts'
import { readStrict } from '../wire/json.ts'
import type { Json } from '../wire/json-types.ts'
import type { ApiDeps } from './deps.ts'
import { type AnyEndpoint, describeEndpoint } from './endpoint.ts'
import { explainCall } from './explain.ts'
import * as grants from './grants.ts'
import { exportLines, getRecord, pageLedger } from './ledger.ts'
import * as policies from './policies.ts'
import * as servers from './servers.ts'
import { exportQuery } from './shapes.ts'

/** Every operation, in the order of the document. */
export const endpoints: readonly AnyEndpoint[] = [
  servers.getStatus,
  servers.listServers,
  servers.addServer,
  servers.getServer,
  servers.removeServer,
  servers.listTools,
  servers.reviewTools,
  servers.reload,
  policies.listPolicies,
  policies.getPolicy,
  policies.putPolicy,
  policies.removePolicy,
  grants.listGrants,
  grants.createGrant,
  grants.revokeGrant,
  grants.rotateGrant,
  explainCall,
  pageLedger,
  getRecord,
]

const base = '/api/v1'

/** The API as a mount of the HTTP server. */
export function createApi(deps: ApiDeps): (request: IncomingMessage, response: ServerResponse) => void {
  const app = createApp(deps)
  const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false })
  return (request, response) => void listener(request, response)
}

/** The API as an app. */
function createApp(deps: ApiDeps): OpenAPIHono {
  const app = new OpenAPIHono()
  app.use('*', async (context, next) => {
    const entered = enter(deps, context)
    if (!entered.ok) return answerRefusal(context, entered.refusal)
    await next()
    context.header('cache-control', 'no-store')
    context.header('x-content-type-options', 'nosniff')
    return undefined
  })
  app.get(`${base}/openapi.json`, context => context.json(openApiDocument(deps.version)))
  app.get(`${base}/ledger/export`, context => {
    const query = readShape(exportQuery, context.req.query())
    if (!query.ok) return answerRefusal(context, query.refusal)
    const { format: _, ...filters } = query.value
    return context.body(exportLines(deps, filters), 200, { 'content-type': 'application/x-ndjson' })
  })
  for (const each of endpoints) {
    const path = `${base}${each.path.replaceAll(/\{(\w+)\}/g, ':$1')}`
    app.on(each.method.toUpperCase(), path, context => serve(deps, each, context))
  }
  app.notFound(context =>
    answerRefusal(
      context,
      refuse('ERR_API_PATH', { method: context.req.method, path: new URL(context.req.url).pathname }),
    ),
  )
  app.onError((fault, context) => {
    const refusal = fault instanceof Fault ? fault.refusal : refuse('ERR_INTERNAL')
    deps.log.error({ err: fault, code: refusal.code }, 'the control API met a fault')
    return answerRefusal(context, refusal)
  })
  return app
}

/** The OpenAPI 3.1 document, made from the same endpoints that are served. */
export function openApiDocument(version: string) {
  const app = new OpenAPIHono()
  for (const each of endpoints) app.openAPIRegistry.registerPath(describeEndpoint(each))
  app.openAPIRegistry.registerComponent('securitySchemes', 'admin', {
    type: 'http',
    scheme: 'bearer',
    description: 'The credential in admin.json of the data folder. A grant token is always refused.',
  })
  app.openAPIRegistry.registerPath({
    method: 'get',
    path: `${base}/ledger/export`,
    summary: 'every record as JSON lines; without filters it can be verified offline',
    security: [{ admin: [] }],
    request: { query: exportQuery },
    responses: {
      200: { description: 'one record a line', content: { 'application/x-ndjson': { schema: { type: 'string' } } } },
    },
  })
  return app.getOpenAPI31Document({ openapi: '3.1.0', info: { title: 'Sallyport control API', version } })
}

/** Who asks: the admin credential, or nobody. */
function enter(deps: ApiDeps, context: Context): Result<true> {
  const header = (name: string) => context.req.header(name)
  const site = header('sec-fetch-site')
  if (header('origin') !== undefined || (site !== undefined && site !== 'none')) return refused('ERR_API_BROWSER')
  const bearer = readBearer(header('authorization'))
  if (!bearer.ok) return refused('ERR_API_UNAUTHENTICATED')
  const token = bearer.value
  if (token.startsWith(tokenPrefix) || isGrantToken(deps, token)) return refused('ERR_API_AGENT_CREDENTIAL')
  const isAdmin = timingSafeEqual(Buffer.from(hashToken(token)), Buffer.from(deps.credentialHash))
  return isAdmin ? accepted(true) : refused('ERR_API_UNAUTHENTICATED')
}

/** Tokens of the file need not have our prefix: they are known by their hash, also when expired or revoked. */
function isGrantToken(deps: ApiDeps, token: string): boolean {
  const found = deps.grants.find(token)
  return found.ok || found.refusal.code !== 'ERR_AUTH_UNKNOWN_TOKEN'
}

async function serve(deps: ApiDeps, each: AnyEndpoint, context: Context): Promise<Response> {
  const params = readShape(each.params, context.req.param())
  if (!params.ok) return answerRefusal(context, params.refusal)
  const query = readShape(each.query, context.req.query())
  if (!query.ok) return answerRefusal(context, query.refusal)
  const body = each.body === undefined ? accepted({}) : await readBody(context, each.body)
  if (!body.ok) return answerRefusal(context, body.refusal)
  const answer = await each.run(deps, { params: params.value, query: query.value, body: body.value })
  if (!answer.ok) return answerRefusal(context, answer.refusal)
  // Definitions may hold numbers that only JSON.stringify writes back digit for digit.
  return context.body(JSON.stringify(answer.value), each.status ?? 200, { 'content-type': 'application/json' })
}

async function readBody<Shape extends z.ZodObject>(context: Context, shape: Shape): Promise<Result<z.output<Shape>>> {
  const type = context.req.header('content-type') ?? ''
  if (!/^application\/json\s*(;\s*charset=utf-8\s*)?$/i.test(type)) return refused('ERR_HTTP_MEDIA_TYPE')
  const bytes = await readBytes(context.req.raw)
  if (bytes === undefined) return refused('ERR_HTTP_BODY_TOO_LARGE', { max: limits.apiBodyBytesMax })
  const bounds = {
    bytesMax: limits.apiBodyBytesMax,
    depthMax: limits.requestDepthMax,
    elementsMax: limits.requestElementsMax,
  }
  const value = readStrict(bytes, bounds)
  return value.ok ? readShape(shape, value.value) : value
}

/** The whole body, or nothing when it is larger than allowed; reading stops there, whatever `Content-Length` says. */
async function readBytes(request: Request): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request.body ?? []) {
    size += chunk.length
    if (size > limits.apiBodyBytesMax) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function readShape<Shape extends z.ZodType>(
  shape: Shape,
  value: Json | Record<string, unknown>,
): Result<z.output<Shape>> {
  const read = shape.safeParse(value)
  if (read.success) return accepted(read.data)
  const reasons = read.error.issues
    .slice(0, 5)
    .map(({ path, message }) => (path.length === 0 ? message : `\`${path.join('.')}\`: ${message}`))
  return refused('ERR_API_INVALID', { reason: reasons.join('; ') })
}

function answerRefusal(context: Context, { code, message, data }: Refusal): Response {
  const { http, remedy } = errorEntry(code)
  const headers: Record<string, string> = { 'content-type': 'application/json', 'cache-control': 'no-store' }
  if (http === 401) headers['www-authenticate'] = 'Bearer realm="sallyport control"'
  const body = JSON.stringify({ error: { ...data, code, message, remedy } })
  return context.body(body, http as 400, headers)
}
