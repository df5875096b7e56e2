/** The MCP messages that the load generator sends and the fast upstream answers, in both eras. */

export type BenchEra = 'modern' | 'legacy'

export const versionOf: Readonly<Record<BenchEra, string>> = { modern: '2026-07-28', legacy: '2025-11-25' }

/** Tools of the fast upstream. The second differs only in being declared read-only. */
export const writeTool = 'create_charge'
export const readTool = 'get_charge'
/** Answers after `arguments.delayMs`. */
export const slowTool = 'wait'
/** Answers with a stream of `arguments.events` notifications of `arguments.eventBytes` each. */
export const streamTool = 'stream'

const clientInfo = { name: 'sallyport-bench', version: '1.0.0' }

/** Where requests go and as whom. `path` is the endpoint, `session` the legacy session once there is one. */
export interface RequestTarget {
  readonly host: string
  readonly port: number
  readonly path: string
  readonly era: BenchEra
  readonly token?: string
  readonly session?: string
}

/** The bytes of one JSON-RPC request over HTTP. */
export function requestBytes(target: RequestTarget, id: number, method: string, params: object, name = ''): Buffer {
  const meta = {
    'io.modelcontextprotocol/protocolVersion': versionOf.modern,
    'io.modelcontextprotocol/clientCapabilities': {},
    'io.modelcontextprotocol/clientInfo': clientInfo,
    ...('_meta' in params ? (params._meta as object) : {}),
  }
  const sent = target.era === 'modern' ? { ...params, _meta: meta } : params
  const body = JSON.stringify({ jsonrpc: '2.0', id, method, params: sent })
  return Buffer.from(`${headText(target, method, name, Buffer.byteLength(body))}\r\n${body}`)
}

/** The arguments of a charge: what a rule would look at. `n` makes each call its own. */
export function chargeArguments(n: number): object {
  return {
    amount: 100 + (n % 400),
    currency: 'eur',
    customer: `cus_${String(n % 1000).padStart(6, '0')}`,
    description: 'order of a benchmark, paid at once',
    reason: 'invoice due',
    country: 'DE',
    items: [
      { sku: 'A-1', quantity: 1 },
      { sku: 'B-2', quantity: 3 },
    ],
  }
}

/** Params of the legacy `initialize`. */
export const initializeParams = { protocolVersion: versionOf.legacy, capabilities: {}, clientInfo }

function headText(target: RequestTarget, method: string, name: string, length: number): string {
  const lines = [
    `POST ${target.path} HTTP/1.1`,
    `Host: ${target.host}:${target.port}`,
    'Content-Type: application/json',
    'Accept: application/json, text/event-stream',
    `Content-Length: ${length}`,
  ]
  if (target.token !== undefined) lines.push(`Authorization: Bearer ${target.token}`)
  if (target.era === 'modern') lines.push(`MCP-Protocol-Version: ${versionOf.modern}`, `Mcp-Method: ${method}`)
  else if (method !== 'initialize') lines.push(`MCP-Protocol-Version: ${versionOf.legacy}`)
  if (target.era === 'modern' && name !== '') lines.push(`Mcp-Name: ${name}`)
  if (target.session !== undefined) lines.push(`Mcp-Session-Id: ${target.session}`)
  return `${lines.join('\r\n')}\r\n`
}
