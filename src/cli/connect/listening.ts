/**
 * A modern subscription over stdio outlives the HTTP stream that carries it: when the stream is cut, the bridge sends
 * the same `subscriptions/listen` again, keeps the second acknowledgement to itself, and tells the client that the
 * lists it asked about may have changed meanwhile (MCP 2026-07-28, basic/patterns/subscriptions).
 */
import type { Dispatcher } from 'undici'
import { limits } from '../../limits.ts'
import { metaKey } from '../../wire/era.ts'
import { isJsonObject } from '../../wire/json-types.ts'
import { readTexts } from './answer.ts'
import type { BridgeEnds } from './bridge.ts'
import { Lost, NotSent, nextPause } from './door.ts'
import { refusalText } from './failure.ts'
import { type Message, readMessage } from './message.ts'

/** Listens until the server answers the subscription, refuses it, or `signal` is aborted. */
export async function keepListening(
  ends: BridgeEnds,
  listen: Message,
  post: () => Promise<Dispatcher.ResponseData>,
  signal: AbortSignal,
  write: (text: string) => Promise<void>,
): Promise<void> {
  let acknowledged = false
  for (let pauseMs: number = limits.bridgeRetryMsMin; ; pauseMs = nextPause(pauseMs)) {
    const again = acknowledged
    try {
      const answer = await post()
      if (answer.statusCode >= 500 && again) throw new Lost(`status ${answer.statusCode}`)
      if (answer.statusCode >= 300)
        return write(refusalText(listen.id ?? '', answer.statusCode, await answer.body.text()))
      for await (const text of readTexts(answer)) {
        const passing = readMessage(text)
        const isAcknowledgement = passing?.method === 'notifications/subscriptions/acknowledged'
        if (isAcknowledgement) pauseMs = limits.bridgeRetryMsMin
        if (isAcknowledgement && again) for (const change of changesMissed(listen)) await write(change)
        else await write(text)
        acknowledged ||= isAcknowledgement
        if (passing?.kind === 'response' && passing.id === listen.id) return
      }
      if (!acknowledged) throw new Lost('the stream ended before the subscription was acknowledged')
    } catch (error) {
      const cut = error instanceof Lost || error instanceof NotSent
      if (!acknowledged || !cut || signal.aborted) throw error
      ends.log(`a subscription was cut: ${error.message}`)
    }
    await ends.clock.sleep(pauseMs, signal)
  }
}

const lists = {
  toolsListChanged: 'notifications/tools/list_changed',
  promptsListChanged: 'notifications/prompts/list_changed',
  resourcesListChanged: 'notifications/resources/list_changed',
} as const

/** What may have been missed while nobody listened, as the notifications that make a client list again. */
function changesMissed(listen: Message): string[] {
  const filter = listen.params['notifications']
  if (!isJsonObject(filter)) return []
  const _meta = { [metaKey.subscriptionId]: listen.id ?? null }
  const changed = Object.entries(lists)
    .filter(([key]) => filter[key] === true)
    .map(([, method]) => JSON.stringify({ jsonrpc: '2.0', method, params: { _meta } }))
  const uris = filter['resourceSubscriptions']
  const updated = (Array.isArray(uris) ? uris : []).map(uri =>
    JSON.stringify({ jsonrpc: '2.0', method: 'notifications/resources/updated', params: { uri, _meta } }),
  )
  return [...changed, ...updated]
}
