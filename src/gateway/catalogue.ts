/**
 * `/catalogue/…`: the public pages, when they are switched on. Nobody has to say who they are, nothing can be changed,
 * and nothing of this gateway is on them: they are made from files that came with the program. GET and HEAD only.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { contentPolicy } from '../catalogue/pages/layout.ts'
import type { Served } from '../catalogue/pages/serving.ts'
import type { ServedFile } from '../catalogue/pages/serving-worker.ts'
import type { Result } from '../errors.ts'
import type { Reply } from './reply.ts'

/** Where the pages come from. */
export interface CataloguePages {
  /** Whether they are switched on now. */
  isOn(): boolean
  /** What stands at a path below the root of the site at `baseUrl`. */
  find(path: string, baseUrl: string): Promise<Result<Served>>
}

/** True for a path that is the catalogue's, if it is switched on. */
export function isCataloguePath(path: string): boolean {
  return path === '/catalogue' || path.startsWith('/catalogue/')
}

const headers = {
  'content-security-policy': `${contentPolicy}; frame-ancestors 'none'`,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  // the pages change with the program only, and then the tag does
  'cache-control': 'no-cache',
}

interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly reply: Reply
  readonly path: string
  readonly publicUrl: string
}

/** Answers one request for a page. */
export async function serveCatalogue(pages: CataloguePages, exchange: Exchange): Promise<void> {
  const { request, response, reply, path, publicUrl } = exchange
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return reply.refuse({ code: 'ERR_HTTP_METHOD', message: 'this path is read with GET' }, { allow: 'GET, HEAD' })
  if (path === '/catalogue') return void response.writeHead(308, { ...headers, location: '/catalogue/' }).end()
  const found = await pages.find(path.slice('/catalogue/'.length), `${publicUrl}/catalogue/`)
  if (!found.ok) return reply.refuse(found.refusal, { 'retry-after': '1' })
  const { value } = found
  if (value.kind === 'file') return send(exchange, 200, value.file)
  if (value.kind === 'folder') return void response.writeHead(308, { ...headers, location: `${path}/` }).end()
  if (value.file !== undefined) return send(exchange, 404, value.file)
  reply.refuse({ code: 'ERR_HTTP_PATH', message: 'there is no such page' })
}

function send({ request, response }: Exchange, status: number, file: ServedFile): void {
  const { etag, type, text } = file
  if (status === 200 && isKnown(request.headers['if-none-match'], etag)) {
    response.writeHead(304, { ...headers, etag }).end()
    return
  }
  const body = Buffer.from(text)
  response.writeHead(status, { ...headers, etag, 'content-type': type, 'content-length': body.byteLength })
  response.end(request.method === 'HEAD' ? undefined : body)
}

/** RFC 9110 section 13.1.2, weak comparison. */
function isKnown(given: string | undefined, etag: string): boolean {
  if (given === undefined) return false
  return given.split(',').some(each => each.trim() === '*' || each.trim().replace(/^W\//, '') === etag)
}
