/** Reads the whole tool list of a registered server, and listens for its changes. */
import { answerNothing, declaration, listPages, lookingPool } from '../catalogue/scan/pages.ts'
import { accepted, type Result, refused } from '../errors.ts'
import { limits } from '../limits.ts'
import type { Upstream } from '../upstream/upstream.ts'
import type { JsonObject } from '../wire/json-types.ts'

export interface Listing {
  readonly definitions: readonly JsonObject[]
}

/** Every page of `tools/list`. Refuses with ERR_SERVER_LIST; never throws. A server without tools has an empty list. */
export async function listDefinitions(upstream: Upstream, { version }: { version: string }): Promise<Result<Listing>> {
  const identity = await upstream.identity()
  if (!identity.ok) {
    return refused('ERR_SERVER_LIST', { server: upstream.entry.name, reason: identity.refusal.message })
  }
  if (identity.value.capabilities['tools'] === undefined) return accepted({ definitions: [] })
  const tools = await listPages(upstream, 'tools/list', limits.serverToolsMax, { version })
  return tools.ok ? accepted({ definitions: tools.value }) : tools
}

/** Listens until the server ends it, or `signal` does. `onEnd` is called also when it could not begin. Never throws. */
export async function openListening(
  upstream: Upstream,
  options: { version: string; signal: AbortSignal; onChange: () => void; onEnd: (reason: string) => void },
): Promise<void> {
  const opened = await upstream.listen({
    client: declaration(options.version),
    pool: lookingPool,
    filter: { toolsListChanged: true },
    signal: options.signal,
    onNotification: method => {
      if (method === 'notifications/tools/list_changed') options.onChange()
    },
    onRequest: answerNothing,
    onEnd: options.onEnd,
  })
  if (!opened.ok) options.onEnd(opened.refusal.message)
}
