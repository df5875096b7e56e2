/**
 * An HTTP answer of the gateway as the JSON texts it carries: one for `application/json`, one an event for a stream.
 * Texts are handed on unread; only their line breaks are flattened, for a client that reads lines.
 */
import type { Dispatcher } from 'undici'
import { limits } from '../../limits.ts'
import { SseReader } from '../../wire/sse.ts'
import { reasonOf } from '../shell/control.ts'
import { Lost } from './door.ts'
import { onOneLine } from './message.ts'

/** Where a stream stood when it ended: what a reconnecting reader says and waits. */
export interface StreamPlace {
  lastEventId?: string
  retryMs?: number
}

/** The texts of an answer, as they arrive. Throws `Lost` when the connection breaks in the middle. */
export async function* readTexts(answer: Dispatcher.ResponseData, place: StreamPlace = {}): AsyncGenerator<string> {
  try {
    if (!isStream(answer)) {
      const text = onOneLine(await answer.body.text())
      if (text !== '') yield text
      return
    }
    const reader = new SseReader({ eventBytesMax: limits.bridgeEventBytesMax })
    for await (const chunk of answer.body) {
      for (const { event, data } of reader.push(chunk)) if (event === 'message' && data !== '') yield onOneLine(data)
      if (reader.lastEventId !== undefined) place.lastEventId = reader.lastEventId
      if (reader.retryMs !== undefined) place.retryMs = reader.retryMs
    }
  } catch (error) {
    throw new Lost(reasonOf(error), { cause: error })
  }
}

/** Whether an answer is a stream of events. */
export function isStream(answer: Dispatcher.ResponseData): boolean {
  return headerOf(answer, 'content-type')?.startsWith('text/event-stream') === true
}

/** One header of an answer. */
export function headerOf(answer: Dispatcher.ResponseData, name: string): string | undefined {
  const value = answer.headers[name]
  return Array.isArray(value) ? value[0] : value
}
