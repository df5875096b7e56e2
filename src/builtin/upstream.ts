/**
 * The built-in tools behind the face of an upstream server, for one grant. Speaks the modern era; nothing leaves the
 * process. Promises what every upstream promises: `send` never throws. Refuses methods besides listing and calling tools.
 */
import { accepted, errorEntry, Fault, type Result, refuse } from '../errors.ts'
import type { Logger } from '../log.ts'
import type {
  ListenOptions,
  UpstreamIdentity,
  UpstreamOutcome,
  UpstreamRequest,
  UpstreamSession,
} from '../upstream/upstream.ts'
import { modernVersion } from '../wire/era.ts'
import { isJsonObject, type JsonObject } from '../wire/json-types.ts'
import { type BuiltinCaller, type BuiltinTool, definitionOf } from './tool.ts'

const instructions =
  'Tools of the gateway between you and your servers. `policy.explain` tells you whether a call would be let through, ' +
  'and what would have to change, without making it. `catalog.checkServer`, `catalog.checkTool` and ' +
  '`catalog.searchServers` tell you what servers and tools can do, yours and public ones.'

export class BuiltinUpstream {
  readonly #tools: ReadonlyMap<string, BuiltinTool>
  readonly #caller: BuiltinCaller
  readonly #about: { readonly log: Logger; readonly version: string }

  constructor(
    tools: ReadonlyMap<string, BuiltinTool>,
    caller: BuiltinCaller,
    about: { readonly log: Logger; readonly version: string },
  ) {
    this.#tools = tools
    this.#caller = caller
    this.#about = about
  }

  get #identity(): UpstreamIdentity {
    return {
      era: 'modern',
      protocolVersion: modernVersion,
      capabilities: { tools: {} },
      serverInfo: { name: 'sallyport', version: this.#about.version },
      instructions,
    }
  }

  identity(): Promise<Result<UpstreamIdentity>> {
    return Promise.resolve(accepted(this.#identity))
  }

  /** Keeps no sessions. */
  openSession(): Promise<Result<UpstreamSession>> {
    return Promise.resolve(accepted({ ref: '', identity: this.#identity }))
  }

  closeSession(): Promise<void> {
    return Promise.resolve()
  }

  notify(): Promise<void> {
    return Promise.resolve()
  }

  /** Has nothing to say: its tools are the same as long as the process lives. The stream stays the client's. */
  listen(_options: ListenOptions): Promise<Result<{ readonly honoured: JsonObject }>> {
    return Promise.resolve(accepted({ honoured: {} }))
  }

  async send({ method, params }: UpstreamRequest): Promise<UpstreamOutcome> {
    if (method === 'tools/list') return this.#list(params)
    const tool = method === 'tools/call' ? this.#tools.get(String(params['name'])) : undefined
    if (tool === undefined) return refusal(-32601, `\`${method}\` is not served here`)
    const { arguments: given } = params
    try {
      const { data, text } = await tool.run(this.#caller, isJsonObject(given) ? given : {})
      return result({ content: [{ type: 'text', text }], structuredContent: data })
    } catch (fault) {
      if (fault instanceof Fault && fault.refusal.code === 'ERR_BUSY')
        return refusal(errorEntry('ERR_BUSY').rpc, fault.refusal.message)
      this.#about.log.error({ err: fault, tool: tool.name }, 'a built-in tool met a fault')
      return { kind: 'unknown', refusal: refuse('ERR_INTERNAL') }
    }
  }

  #list({ cursor }: JsonObject): UpstreamOutcome {
    if (cursor !== undefined) return refusal(-32602, 'the list has one page; ask without `cursor`')
    return result({ tools: [...this.#tools.values()].map(definitionOf) })
  }
}

function result(value: JsonObject): UpstreamOutcome {
  return {
    kind: 'result',
    result: value,
    bytes: Buffer.byteLength(JSON.stringify(value)),
    status: 200,
    redactions: 0,
  }
}

function refusal(code: number, message: string): UpstreamOutcome {
  return {
    kind: 'error',
    error: { code, message },
    status: 200,
    bytes: 0,
    redactions: 0,
    certainlyNotExecuted: true,
  }
}
