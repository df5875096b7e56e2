/**
 * What stands between a grant and a server: whether the one reaches the other, under which policy, and which
 * definitions were reviewed. Every grant reaches the gateway's own server, which brings its own policy and definitions:
 * no configuration attaches it, and none can put another policy in its place.
 */
import { builtinName } from '../builtin/builtin.ts'
import type { PinnedTool } from '../catalogue/pins.ts'
import type { Grant } from '../identity/grant.ts'
import type { Policy } from '../policy/compile.ts'
import type { GatewayServer } from './deps.ts'
import type { Gate } from './exchange.ts'

/** The server this grant reaches under a name. Unknown and ungranted servers are nothing alike. */
export function serverFor(gate: Gate, grant: Grant, name: string): GatewayServer | undefined {
  if (name === builtinName) return gate.builtin.serverFor(grant)
  return grant.servers.has(name) ? gate.deps.servers.get(name) : undefined
}

/** True while the grant reaches this server. */
export function isAttached(grant: Grant, server: GatewayServer): boolean {
  return server.own !== undefined || grant.servers.has(server.name)
}

/** The policy that judges the calls of this grant at this server; without one every call is denied. */
export function policyFor(gate: Gate, grant: Grant, server: GatewayServer): Policy | undefined {
  if (server.own !== undefined) return server.own.policy
  const name = grant.servers.get(server.name)
  return name === undefined ? undefined : gate.deps.policies.get(name)
}

/** The pinned definition of a tool of this server. */
export function pinFor(gate: Gate, server: GatewayServer, tool: string): PinnedTool | undefined {
  return server.own === undefined ? gate.deps.pins.get(server.name, tool) : server.own.pin(tool)
}
