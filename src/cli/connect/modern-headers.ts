/**
 * The headers a modern message must carry over HTTP and does not have on stdio: version, method, name, and the
 * parameters a tool's schema mirrors into headers (MCP 2026-07-28, basic/transports/streamable-http). Schemas are
 * learnt from the lists that pass by; a call the gateway refuses for a missing one makes the bridge list by itself.
 */
import { metaKey, modernVersion } from '../../wire/era.ts'
import { isJsonObject, type Json, type JsonObject } from '../../wire/json-types.ts'
import { mcpNameOf } from '../../wire/modern.ts'
import { encodeHeaderValue, type ParamHeader, paramHeadersOf, paramHeaderValues } from '../../wire/param-headers.ts'
import type { Message } from './message.ts'

export class ModernHeaders {
  readonly #tools = new Map<string, readonly ParamHeader[]>()

  /** Remembers the annotated parameters of every tool in a `tools/list` result. */
  learn(result: Json | undefined): void {
    const tools = isJsonObject(result) ? result['tools'] : undefined
    if (!Array.isArray(tools)) return
    for (const tool of tools as readonly Json[]) {
      if (!isJsonObject(tool) || typeof tool['name'] !== 'string') continue
      const headers = paramHeadersOf(tool['inputSchema'] ?? {})
      if (headers.ok) this.#tools.set(tool['name'], headers.value)
    }
  }

  /** The headers of one message. */
  headersFor({ method, params }: Message): Record<string, string> {
    const meta = params['_meta']
    const stated = isJsonObject(meta) ? meta[metaKey.protocolVersion] : undefined
    const headers: Record<string, string> = {
      'mcp-protocol-version': typeof stated === 'string' ? encodeHeaderValue(stated) : modernVersion,
      'mcp-method': encodeHeaderValue(method ?? ''),
    }
    const name = mcpNameOf(method ?? '', params)
    if (name !== undefined) headers['mcp-name'] = encodeHeaderValue(name)
    const args = params['arguments']
    if (method !== 'tools/call' || name === undefined || !isJsonObject(args)) return headers
    return { ...headers, ...paramHeaderValues(this.#tools.get(name) ?? [], args as JsonObject) }
  }
}
