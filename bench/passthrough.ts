/**
 * The same stack with nothing on it, a process of its own: `node:http` in front, undici `dispatch` behind. It reads the
 * JSON of request and answer (as anything that judges a call must) and relays the bytes. What Sallyport costs is
 * measured against this.
 */
import { createServer, type ServerResponse } from 'node:http'
import { Pool } from 'undici'

const target = process.argv[2] ?? ''
const { origin, pathname } = new URL(target)
const pool = new Pool(origin, { connections: 256, pipelining: 1 })

const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', chunk => chunks.push(chunk as Buffer))
  request.on('end', () => {
    const body = joined(chunks)
    JSON.parse(body.toString())
    relay(response, body, {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...copied(request.headers, ['mcp-protocol-version', 'mcp-method', 'mcp-name', 'mcp-session-id']),
    })
  })
})
server.listen(0, '127.0.0.1', 1024, () => {
  const address = server.address()
  process.send?.({ port: typeof address === 'object' ? address?.port : 0 })
})
process.on('disconnect', () => process.exit(0))

function relay(response: ServerResponse, body: Buffer, headers: Record<string, string>): void {
  const chunks: Buffer[] = []
  let status = 502
  let answered: Record<string, string> = {}
  pool.dispatch(
    { path: pathname, method: 'POST', headers, body },
    {
      onRequestStart: () => undefined,
      onResponseStart: (_controller, statusCode, received) => {
        status = statusCode
        answered = copied(received, ['content-type', 'mcp-session-id'])
      },
      onResponseData: (_controller, chunk) => {
        chunks.push(chunk)
      },
      onResponseEnd: () => {
        const answer = joined(chunks)
        if (answer.length > 0) JSON.parse(answer.toString())
        response.writeHead(status, { ...answered, 'content-length': answer.length }).end(answer)
      },
      onResponseError: () => {
        response.writeHead(502).end()
      },
    },
  )
}

function joined(chunks: readonly Buffer[]): Buffer {
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)
}

function copied(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  names: readonly string[],
): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const name of names) {
    const value = headers[name]
    if (typeof value === 'string') kept[name] = value
  }
  return kept
}
