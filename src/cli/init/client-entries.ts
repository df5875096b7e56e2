/**
 * What stands in a client's file instead of a server: the gateway's endpoint for it, in the client's own form. Clients
 * that speak HTTP get the address; Claude Desktop, whose file takes only programs, gets the bridge. Files of a project
 * are shared with others: there the token is a variable of the environment, never its value.
 */
import type { ConfigEdit } from '../../catalogue/clients/edit.ts'
import type { ConfiguredServer } from '../../catalogue/clients/read.ts'
import { isJsonObject, type Json, type JsonObject } from '../../wire/json-types.ts'
import type { ClientGrant } from './config-text.ts'
import { tokenVariable } from './config-text.ts'

export interface GatewayAddress {
  /** Scheme and authority, without a path. */
  readonly url: string
  /** How this program is started again: the bridge of clients without HTTP. */
  readonly bridge: { readonly command: string; readonly args: readonly string[] }
}

const reference = (inside: string): string => `$\{${inside}}`

/** The entry that leads `configured` through the gateway. */
export function gatewayEntry(
  configured: ConfiguredServer,
  server: string,
  grant: ClientGrant,
  gateway: GatewayAddress,
  isReadBySeveral = false,
): Json {
  const url = `${gateway.url}/mcp/${server}`
  const variable = tokenVariable(grant.name)
  const isShared = configured.scope === 'project'
  const bearer = (shared: string) => ({ Authorization: `Bearer ${isShared ? shared : grant.token}` })
  // several clients read the file: a program is the one form all of them know
  if (isReadBySeveral) return bridgeEntry(server, grant, gateway)
  switch (configured.client) {
    case 'claude-code':
      return { type: 'http', url, headers: bearer(reference(variable)) }
    case 'cursor':
      return { url, headers: bearer(reference(`env:${variable}`)) }
    case 'vscode':
      return { type: 'http', url, headers: bearer(reference(`env:${variable}`)) }
    case 'windsurf':
      return { serverUrl: url, headers: bearer(reference(`env:${variable}`)) }
    case 'gemini':
      return { httpUrl: url, headers: bearer(reference(variable)) }
    case 'codex':
      return { url, http_headers: bearer(variable) }
    case 'claude-desktop':
      return bridgeEntry(server, grant, gateway)
  }
}

function bridgeEntry(server: string, { token }: ClientGrant, { url, bridge }: GatewayAddress): Json {
  return {
    command: bridge.command,
    args: [...bridge.args, 'connect', server, '--url', url],
    env: { SALLYPORT_TOKEN: token },
  }
}

/** The edit of one entry: in its place, under its own name, with the members that are the client's own affair kept. */
export function rewiring(configured: ConfiguredServer, entry: Json): ConfigEdit & { readonly value: Json } {
  return { at: configured.at, value: { ...kept(configured.entry), ...(entry as JsonObject) } }
}

/** Members that say how the client treats the server, not how it is started or reached. */
function kept(entry: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(entry).filter(([key]) => !isConnecting(key)))
}

/** The members of an entry that say how the server is started or reached. */
export function connectionOf(entry: Json): JsonObject {
  return isJsonObject(entry) ? Object.fromEntries(Object.entries(entry).filter(([key]) => isConnecting(key))) : {}
}

/** Whether a member says how a server is started or reached. */
export function isConnecting(member: string): boolean {
  return connecting.has(member)
}

const connecting: ReadonlySet<string> = new Set([
  'type',
  'transport',
  'command',
  'args',
  'env',
  'envFile',
  'cwd',
  'url',
  'serverUrl',
  'httpUrl',
  'headers',
  'http_headers',
  'env_vars',
  'env_http_headers',
  'bearer_token_env_var',
  'headersHelper',
  'oauth',
  'auth',
  'authProviderType',
  'sandboxEnabled',
  'sandbox',
  'dev',
])
