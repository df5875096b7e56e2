/**
 * Greeting a process: `server/discover` first, `initialize` on any other answer or none (MCP 2026-07-28, versioning).
 * On a channel only an answer can decide, so silence means that the server does not know the question, or is still
 * starting: a server that then refuses to be initialized is asked once more.
 */
import { accepted, type Result, refused } from '../errors.ts'
import { limits } from '../limits.ts'
import type { Channel } from './channel.ts'
import { notificationText } from './message.ts'
import { type Discovered, initializeParams, judgeDiscover, readInitialized } from './opening.ts'
import { ownRequest } from './own-request.ts'
import type { ClientDeclaration, UpstreamIdentity } from './upstream.ts'

/** Learns what the server is and leaves the channel ready. `channel.era` is 'legacy' from the first `initialize` on. */
export async function greet(
  channel: Channel,
  self: ClientDeclaration,
  mayDiscover: boolean,
): Promise<Result<UpstreamIdentity>> {
  const discovered = mayDiscover ? await discover(channel, self, limits.upstreamDiscoverMs) : undefined
  if (discovered?.era === 'modern') return modern(channel, discovered.identity)
  if (discovered?.era === 'undecided') return { ok: false, refusal: discovered.refusal }
  if (channel.closed !== undefined) return { ok: false, refusal: channel.closed }
  channel.era = 'legacy'
  const request = ownRequest('initialize', initializeParams(self, self), self, limits.upstreamStartMs)
  const outcome = await channel.call(request, true)
  if (outcome.kind === 'result') {
    const identity = readInitialized(channel.server, outcome.result)
    if (!identity.ok) return identity
    channel.canLog = identity.value.capabilities['logging'] !== undefined
    channel.post(notificationText('notifications/initialized', {}))
    return identity
  }
  if (outcome.kind !== 'error') return { ok: false, refusal: outcome.refusal }
  if (discovered?.era === 'silent' || discovered?.era === 'again') {
    const late = await discover(channel, self, limits.upstreamProbeMs)
    if (late.era === 'modern') return modern(channel, late.identity)
  }
  return refused('ERR_UPSTREAM_INVALID', { problem: `it answered initialize with error ${outcome.error.code}` })
}

async function discover(
  channel: Channel,
  self: ClientDeclaration,
  totalMs: number,
): Promise<Discovered | { readonly era: 'silent' }> {
  const outcome = await channel.call(ownRequest('server/discover', {}, self, totalMs), true, 'modern')
  const isAnswer = outcome.kind === 'result' || outcome.kind === 'error'
  return isAnswer ? judgeDiscover(channel.server, outcome) : { era: 'silent' }
}

function modern(channel: Channel, identity: UpstreamIdentity): Result<UpstreamIdentity> {
  channel.era = 'modern'
  return accepted(identity)
}
