/**
 * What a server offers, seen once: identity, tools, prompts, resources and templates, all pages, in every era and over
 * every transport the gateway speaks. Nothing is called. A list that fails is a note and not the end, except the tools:
 * a server whose tools cannot be listed cannot be judged.
 */
import { accepted, type Refusal, type Result, refused } from '../../errors.ts'
import { limits } from '../../limits.ts'
import type { Upstream } from '../../upstream/upstream.ts'
import type { Era } from '../../wire/era.ts'
import type { JsonObject } from '../../wire/json-types.ts'
import { type ListMethod, type Looking, listPages, lists, whyNot } from './pages.ts'

/** A server as it presents itself. Every text in it is the server's own. */
export interface Scan {
  /** `name`, `version`, `title`… of the server. */
  readonly server: JsonObject
  readonly protocolVersion: string
  readonly era: Era
  readonly capabilities: JsonObject
  readonly instructions?: string
  readonly tools: readonly JsonObject[]
  readonly prompts: readonly JsonObject[]
  readonly resources: readonly JsonObject[]
  readonly resourceTemplates: readonly JsonObject[]
  /** What was cut or could not be listed, in words. */
  readonly notes: readonly string[]
}

export interface ScanOptions extends Omit<Looking, 'onItems'> {
  /** Told what is being looked at, and how much of it is there. */
  readonly onProgress?: (step: 'connecting' | ListMethod, count: number) => void
}

/** Looks at a server through an upstream the caller made and will stop. Never throws. */
export async function introspect(upstream: Upstream, options: ScanOptions): Promise<Result<Scan>> {
  const { onProgress } = options
  const signal = options.signal ?? AbortSignal.timeout(limits.scanMs)
  onProgress?.('connecting', 0)
  const identity = await within(upstream, signal)
  if (!identity.ok) return identity
  const { capabilities, serverInfo, protocolVersion, era, instructions } = identity.value
  const notes: string[] = []
  const read = async (method: ListMethod, capability: string): Promise<Result<readonly JsonObject[]>> => {
    if (capabilities[capability] === undefined) return accepted([])
    onProgress?.(method, 0)
    const onItems = (count: number) => onProgress?.(method, count)
    const found = await listPages(upstream, method, limits.serverToolsMax, { ...options, signal, onItems })
    if (!found.ok || found.value.length <= limits.serverToolsMax) return found
    notes.push(`more than ${limits.serverToolsMax} ${listWords[method]}; the rest was not read`)
    return accepted(found.value.slice(0, limits.serverToolsMax))
  }
  const optional = async (method: ListMethod, capability: string): Promise<readonly JsonObject[]> => {
    const found = await read(method, capability)
    if (found.ok) return found.value
    notes.push(`${listWords[method]} could not be listed: ${reasonIn(found.refusal, upstream.entry.name)}`)
    return []
  }
  const tools = await read('tools/list', 'tools')
  if (!tools.ok) return tools
  return accepted({
    server: serverInfo,
    protocolVersion,
    era,
    capabilities,
    ...(instructions === undefined ? {} : { instructions }),
    tools: tools.value,
    prompts: await optional('prompts/list', 'prompts'),
    resources: await optional('resources/list', 'resources'),
    resourceTemplates: await optional('resources/templates/list', 'resources'),
    notes,
  })
}

const listWords: Readonly<Record<ListMethod, string>> = { ...lists, 'resources/templates/list': 'resource templates' }

/** Why a list failed: refusals of lists speak of tools, whatever was listed. */
function reasonIn({ message }: Refusal, server: string): string {
  const said = refused('ERR_SERVER_LIST', { server, reason: '' }).refusal.message
  return message.startsWith(said) ? message.slice(said.length) : message
}

/** The identity, unless time runs out first: a process may take any time to start. */
async function within(upstream: Upstream, signal: AbortSignal): ReturnType<Upstream['identity']> {
  const { promise, resolve } = Promise.withResolvers<Awaited<ReturnType<Upstream['identity']>>>()
  const server = upstream.entry.name
  const stop = () => resolve(refused('ERR_SERVER_LIST', { server, reason: 'it did not answer in time' }))
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  const identity = upstream.identity()
  const first = await Promise.race([identity, promise])
  signal.removeEventListener('abort', stop)
  if (first.ok) return first
  const said = upstream.status().lastError
  const { refusal } = first
  if (refusal.code === 'ERR_SERVER_LIST' && said === undefined) return first
  const reason = (said ?? refusal.message).replace(refusal.message, () => whyNot(refusal))
  return refused('ERR_SERVER_LIST', { server, reason })
}
