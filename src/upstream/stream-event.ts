/** Reading long-lived notification streams: their bounds, and one event as a redacted message. */
import { Fault } from '../errors.ts'
import { limits } from '../limits.ts'
import { readLossless } from '../wire/json.ts'
import type { SseEvent } from '../wire/sse.ts'
import type { ExchangeBounds } from './exchange.ts'
import type { HttpLink } from './http-link.ts'
import { readServerMessage, type ServerMessage } from './message.ts'

/** A stream that stays open: no total time, no bound on its bytes, one on each message. */
export const streamBounds: ExchangeBounds = {
  totalMs: Number.POSITIVE_INFINITY,
  idleMs: Number.POSITIVE_INFINITY,
  messageBytesMax: limits.upstreamOpeningBytesMax,
  streamBytesMax: Number.POSITIVE_INFINITY,
  eventsMax: Number.POSITIVE_INFINITY,
}

/** Reads and redacts one event of a stream; undefined and counted when it is no message. */
export function readEvent(link: HttpLink, event: SseEvent): ServerMessage | undefined {
  if (event.data === '') return undefined
  try {
    const { value, count } = link.redactor.json(readLossless(event.data, limits.upstreamDepthMax), event.data)
    link.counters.redactions += count
    const message = readServerMessage(value)
    if (message.ok) return message.value
  } catch (error) {
    if (!(error instanceof Fault)) throw error
  }
  link.counters.junk++
  return undefined
}
