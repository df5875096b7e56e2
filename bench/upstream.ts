/**
 * The fast upstream, a process of its own: an MCP server on raw sockets in both eras that costs as little as a server
 * in JavaScript can, so that what is measured is the gateway. `BENCH_ERA=legacy` makes it know the older era only.
 */
import { createServer, type Socket } from 'node:net'
import { headerIn, MessageReader } from './http-messages.ts'
import { type BenchEra, readTool, slowTool, streamTool, versionOf, writeTool } from './mcp-messages.ts'

interface Request {
  readonly id?: number | string
  readonly method: string
  readonly params?: {
    readonly name?: string
    readonly arguments?: Readonly<Record<string, number>>
    readonly _meta?: { readonly progressToken?: number | string }
  }
}

const era: BenchEra = process.env['BENCH_ERA'] === 'legacy' ? 'legacy' : 'modern'
const serverInfo = { name: 'bench-upstream', version: '1.0.0' }
const session = 'bench-session-0001'

const properties = {
  amount: { type: 'integer', minimum: 0 },
  currency: { type: 'string', maxLength: 3 },
  customer: { type: 'string' },
  description: { type: 'string' },
  reason: { type: 'string' },
  country: { type: 'string' },
  items: {
    type: 'array',
    items: {
      type: 'object',
      properties: { sku: { type: 'string' }, quantity: { type: 'integer' } },
      required: ['sku', 'quantity'],
    },
  },
}
const chargeSchema = { type: 'object', properties, required: ['amount', 'currency'], additionalProperties: false }
const countsSchema = {
  type: 'object',
  properties: { delayMs: { type: 'integer' }, events: { type: 'integer' }, eventBytes: { type: 'integer' } },
}
const tools = [
  { name: writeTool, description: 'Charges a customer.', inputSchema: chargeSchema },
  {
    name: readTool,
    description: 'Shows what a charge would be.',
    inputSchema: chargeSchema,
    annotations: { readOnlyHint: true },
  },
  { name: slowTool, description: 'Answers later.', inputSchema: countsSchema },
  { name: streamTool, description: 'Reports progress at length.', inputSchema: countsSchema },
]

/** About 300 bytes, as a small real answer is. */
const chargeResult = {
  ...(era === 'modern' ? { resultType: 'complete' } : {}),
  content: [
    {
      type: 'text',
      text: JSON.stringify({
        id: 'ch_000000000001',
        object: 'charge',
        status: 'succeeded',
        amount: 100,
        currency: 'eur',
        paid: true,
        created: 1_795_000_000,
        receipt: 'https://payments.example/receipts/ch_000000000001',
      }),
    },
  ],
}
const chargeTail = `,"result":${JSON.stringify(chargeResult)}}`

const server = createServer({ noDelay: true }, socket => {
  const reader = new MessageReader()
  socket.on('data', chunk => {
    for (const message of reader.push(chunk as Buffer)) answer(socket, message.head, message.body)
  })
  socket.on('error', () => socket.destroy())
})
server.listen(0, '127.0.0.1', 1024, () => {
  const address = server.address()
  process.send?.({ port: typeof address === 'object' ? address?.port : 0 })
})
process.on('disconnect', () => process.exit(0))

function answer(socket: Socket, head: string, body: Buffer): void {
  if (!head.startsWith('POST')) reply(socket, 405, '')
  else {
    const request = JSON.parse(body.toString()) as Request
    if (request.id === undefined) reply(socket, 202, '')
    else if (request.method === 'tools/call') answerCall(socket, head, request)
    else reply(socket, ...answerOther(JSON.stringify(request.id), request.method))
  }
}

function answerCall(socket: Socket, head: string, request: Request): void {
  if (era === 'legacy' && headerIn(head, 'mcp-session-id') !== session) process.stderr.write('a call without session\n')
  const text = `{"jsonrpc":"2.0","id":${JSON.stringify(request.id)}${chargeTail}`
  const name = request.params?.name
  if (name === streamTool) void stream(socket, request)
  else if (name === slowTool) setTimeout(() => reply(socket, 200, text), request.params?.arguments?.['delayMs'] ?? 0)
  else reply(socket, 200, text)
}

function answerOther(id: string, method: string): [status: number, body: string, headers?: string] {
  const result = resultOf(method)
  if (result === undefined) {
    return [404, `{"jsonrpc":"2.0","id":${id},"error":{"code":-32601,"message":"method not found"}}`]
  }
  const headers = method === 'initialize' ? `Mcp-Session-Id: ${session}\r\n` : ''
  return [200, `{"jsonrpc":"2.0","id":${id},"result":${JSON.stringify(result)}}`, headers]
}

function resultOf(method: string): object | undefined {
  const cache = era === 'modern' ? { resultType: 'complete', ttlMs: 60_000, cacheScope: 'public' } : {}
  const capabilities = { tools: {} }
  if (method === 'tools/list') return { ...cache, tools }
  if (method === 'ping') return {}
  if (method === 'initialize') return { protocolVersion: versionOf.legacy, capabilities, serverInfo }
  if (method === 'server/discover' && era === 'modern') {
    const meta = { 'io.modelcontextprotocol/serverInfo': serverInfo }
    return { ...cache, supportedVersions: [versionOf.modern], capabilities, _meta: meta }
  }
  return undefined
}

/** Progress notifications as fast as the reader takes them, then the result. */
async function stream(socket: Socket, request: Request): Promise<void> {
  const { events = 0, eventBytes = 0 } = request.params?.arguments ?? {}
  const progressToken = request.params?._meta?.progressToken ?? 0
  const message = 'x'.repeat(eventBytes)
  socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n')
  for (let progress = 1; progress <= events && !socket.destroyed; progress++) {
    const params = { progressToken, progress, message }
    const event = `data: ${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/progress', params })}\n\n`
    if (!socket.write(chunk(event))) await roomIn(socket)
  }
  const id = JSON.stringify(request.id)
  socket.write(`${chunk(`data: {"jsonrpc":"2.0","id":${id}${chargeTail}\n\n`)}0\r\n\r\n`)
}

function roomIn(socket: Socket): Promise<void> {
  return new Promise(resolve => {
    const done = () => {
      socket.off('drain', done).off('close', done)
      resolve()
    }
    socket.on('drain', done).on('close', done)
  })
}

function chunk(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`
}

function reply(socket: Socket, status: number, body: string, headers = ''): void {
  const length = Buffer.byteLength(body)
  const head = `HTTP/1.1 ${status} X\r\nContent-Type: application/json\r\n${headers}Content-Length: ${length}\r\n\r\n`
  socket.write(head + body)
}
