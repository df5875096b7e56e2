/**
 * Reads the body of one request: bounded while it streams, never decompressed, one media type. A body over the limit
 * stops being read and its connection is closed, whatever `Content-Length` said.
 *
 * Sources: CVE-2026-44456 (a chunked body slipped past a limit), CVE-2026-33806 (media type read two ways).
 */
import type { IncomingMessage } from 'node:http'
import { accepted, type Result, refused } from '../errors.ts'
import { limits } from '../limits.ts'

/** `application/json` with at most a UTF-8 charset parameter (RFC 8259 section 8.1), compared after RFC 9110 parsing. */
const mediaType = /^application\/json[ \t]*(?:;[ \t]*charset=(?:utf-8|"utf-8")[ \t]*)?$/i

/** Refuses what `readBody` would not read; looks at the head only. */
export function checkBodyHead(request: IncomingMessage): Result<true> {
  if (request.headers['content-encoding'] !== undefined) return refused('ERR_HTTP_ENCODING')
  if (!mediaType.test(request.headers['content-type']?.trim() ?? '')) return refused('ERR_HTTP_MEDIA_TYPE')
  const accept = request.headers.accept
  if (accept !== undefined && !/application\/(?:json|\*)|text\/(?:event-stream|\*)|\*\/\*/i.test(accept)) {
    return refused('ERR_HTTP_ACCEPT')
  }
  if (Number(request.headers['content-length'] ?? 0) > limits.requestBytesMax) return tooLarge()
  return accepted(true)
}

/** The whole body, at most `limits.requestBytesMax` bytes. Time is bounded by the server's request timeout. */
export function readBody(request: IncomingMessage): Promise<Result<Uint8Array>> {
  return new Promise(resolve => {
    let chunks: Buffer[] | undefined
    let first: Buffer | undefined
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > limits.requestBytesMax) {
        request.removeAllListeners('data')
        request.pause()
        return resolve(tooLarge())
      }
      if (first === undefined) first = chunk
      else if (chunks === undefined) chunks = [first, chunk]
      else chunks.push(chunk)
    })
    request.on('end', () => {
      if (!request.complete) return resolve(refused('ERR_HTTP_BODY_CUT'))
      resolve(accepted(chunks === undefined ? (first ?? new Uint8Array(0)) : Buffer.concat(chunks)))
    })
    // `close` without `end` is a client that left; `error` is always followed by `close`.
    request.on('error', () => resolve(refused('ERR_HTTP_BODY_CUT')))
    request.on('close', () => resolve(refused('ERR_HTTP_BODY_CUT')))
  })
}

function tooLarge(): Result<never> {
  return refused('ERR_HTTP_BODY_TOO_LARGE', { max: limits.requestBytesMax })
}

/** True when the client takes a stream of events as an answer. */
export function acceptsEvents(request: IncomingMessage): boolean {
  const accept = request.headers.accept
  return accept === undefined || /text\/(?:event-stream|\*)|\*\/\*/i.test(accept)
}
