/**
 * The gateway's own server, reachable with any valid grant at `/mcp/sallyport`. It is a server like the others for the
 * path of a call: pinned definitions, a policy, limits, one record for each call. Two things differ: its definitions
 * need no review, because they are part of this program, and its policy is the one in `policy.ts`, whatever the
 * configuration says.
 */
import type { PinnedTool } from '../catalogue/pins.ts'
import type { Grant } from '../identity/grant.ts'
import type { Logger } from '../log.ts'
import type { Policy } from '../policy/compile.ts'
import type { Upstream } from '../upstream/upstream.ts'
import { canonicalJson, sha256Hex } from '../wire/canonical.ts'
import { loadBuiltinPolicy } from './policy.ts'
import { type BuiltinTool, definitionOf } from './tool.ts'
import { BuiltinUpstream } from './upstream.ts'

/** The name no registered server may have. */
export const builtinName = 'sallyport'

/** The built-in server as one grant meets it. */
export interface BuiltinServer {
  readonly name: string
  readonly upstream: Pick<Upstream, 'identity' | 'openSession' | 'closeSession' | 'send' | 'notify' | 'listen'>
  readonly own: { readonly policy: Policy; pin(tool: string): PinnedTool | undefined }
}

export interface Builtin {
  /** The server for this grant: its tools know no other caller. */
  serverFor(grant: Grant): BuiltinServer
}

/** Throws when the built-in policy does not load: a mistake in this program. */
export function createBuiltin(
  tools: readonly BuiltinTool[],
  about: { readonly log: Logger; readonly version: string },
): Builtin {
  const pins = new Map(tools.map(tool => [tool.name, pinOf(tool)]))
  const own = { policy: loadBuiltinPolicy(tools), pin: (tool: string) => pins.get(tool) }
  const known = new Map(tools.map(tool => [tool.name, tool]))
  return {
    serverFor: grant => ({ name: builtinName, upstream: new BuiltinUpstream(known, { grant }, about), own }),
  }
}

function pinOf(tool: BuiltinTool): PinnedTool {
  const definition = definitionOf(tool)
  const hash = sha256Hex(canonicalJson(definition))
  return { server: builtinName, name: tool.name, hash, definition, state: 'approved', firstSeenMs: 0 }
}
