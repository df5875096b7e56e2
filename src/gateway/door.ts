/**
 * The two doors of the gateway: `/mcp/{server}` (one server, names unchanged) and `/mcp` (every server of the grant,
 * names written `{server}__{name}`). Everything behind a door is judged the same way; a door only says which servers
 * can be reached through it and how their tools and prompts are called there.
 */
import { accepted, type Result, refused } from '../errors.ts'
import type { Grant } from '../identity/grant.ts'
import { serverFor } from './attached.ts'
import type { GatewayServer } from './deps.ts'
import type { Gate } from './exchange.ts'

/** Between the server's name and the tool's. Server names cannot contain it. */
const separator = '__'

export interface Door {
  /** The server's name, or `*` for the endpoint of every server. */
  readonly name: string
  readonly isShared: boolean
  readonly servers: readonly GatewayServer[]
  /** Path of the endpoint, for metadata. */
  readonly path: string
}

/** The door a path leads to, for this grant. Unknown and ungranted servers are refused alike. */
export function openDoor(gate: Gate, grant: Grant, server: string | undefined): Result<Door> {
  if (server === undefined) {
    const servers: GatewayServer[] = []
    for (const name of grant.servers.keys()) {
      const found = gate.deps.servers.get(name)
      if (found !== undefined) servers.push(found)
    }
    return accepted({ name: '*', isShared: true, servers, path: '/mcp' })
  }
  const found = serverFor(gate, grant, server)
  if (found === undefined) return refused('ERR_SERVER_NOT_GRANTED')
  return accepted({ name: server, isShared: false, servers: [found], path: `/mcp/${server}` })
}

/** How a tool or prompt of `server` is called at this door. */
export function publicName(door: Door, server: string, name: string): string {
  return door.isShared ? `${server}${separator}${name}` : name
}

/** The server and its own name for what is called `name` at this door. Exact; nothing is guessed. */
export function resolveName(door: Door, name: string): { server: GatewayServer; name: string } | undefined {
  if (!door.isShared) {
    const [only] = door.servers
    return only === undefined ? undefined : { server: only, name }
  }
  const at = name.indexOf(separator)
  if (at <= 0) return undefined
  const prefix = name.slice(0, at)
  const server = door.servers.find(candidate => candidate.name === prefix)
  return server === undefined ? undefined : { server, name: name.slice(at + separator.length) }
}
