/**
 * The scripted agent: the official client, in the era it is told to speak, with the token of one grant. Every answer
 * is reduced to what a model would read.
 */
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'

export type AgentEra = 'legacy' | 'modern'

export interface Seen {
  /** Text of the result, or of the error. */
  readonly text: string
  readonly isError: boolean
  /** `_meta["dev.sallyport/decision"]`, where the gateway decided. */
  readonly decision: Readonly<Record<string, unknown>> | undefined
}

export interface Agent {
  readonly era: AgentEra
  readonly version: string
  listTools(): Promise<readonly string[]>
  callTool(name: string, args: Readonly<Record<string, unknown>>): Promise<Seen>
  close(): Promise<void>
}

const decisionKey = 'dev.sallyport/decision'
const modernVersion = '2026-07-28'

/** Connects to one endpoint. */
export async function connectAgent(name: string, era: AgentEra, url: string, token: string): Promise<Agent> {
  const mode = era === 'legacy' ? 'legacy' : { pin: modernVersion }
  const client = new Client({ name, version: '1.0.0' }, { versionNegotiation: { mode } })
  const requestInit = { headers: { authorization: `Bearer ${token}` } }
  const transport = new StreamableHTTPClientTransport(new URL(url), { requestInit })
  await client.connect(transport)
  return {
    era,
    version: client.getNegotiatedProtocolVersion() ?? era,
    listTools: async () => (await client.listTools()).tools.map(tool => tool.name),
    callTool: (tool, args) => call(client, tool, args),
    close: async () => {
      if (era === 'legacy') await transport.terminateSession()
      await client.close()
    },
  }
}

async function call(client: Client, name: string, args: Readonly<Record<string, unknown>>): Promise<Seen> {
  try {
    const result = await client.callTool({ name, arguments: { ...args } })
    const texts = result.content.flatMap(block => (block.type === 'text' ? [block.text] : []))
    const decision = result._meta?.[decisionKey]
    return {
      text: texts.join('\n').trim(),
      isError: result.isError === true,
      decision: typeof decision === 'object' && decision !== null ? { ...decision } : undefined,
    }
  } catch (error) {
    return { text: error instanceof Error ? error.message : String(error), isError: true, decision: undefined }
  }
}
