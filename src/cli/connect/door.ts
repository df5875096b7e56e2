/**
 * The gateway's door as the bridge knocks on it: one HTTP exchange at a time, with the token on each. A request that
 * certainly was not sent is tried again for a while (a restart of the gateway); one that may have arrived never is.
 */
import { Agent, type Dispatcher, request } from 'undici'
import type { Clock } from '../../clock.ts'
import { limits } from '../../limits.ts'
import { reasonOf } from '../shell/control.ts'
import { codeOf } from '../shell/gateway-address.ts'

export interface Door {
  /** Posts one message. Rejects with `NotSent` or `Lost`, or with the signal's reason. */
  post(
    body: Uint8Array | string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData>
  /** Opens the session's stream of server messages; no retries of its own. */
  stream(headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Dispatcher.ResponseData>
  /** Ends a session. Best effort: what fails here expires by itself. */
  end(headers: Readonly<Record<string, string>>): Promise<void>
  close(): Promise<void>
}

/** The gateway could not be reached: nothing of the message left. */
export class NotSent extends Error {
  override readonly name = 'NotSent'
}

/** The connection broke after the message may have left: what became of it is not known here. */
export class Lost extends Error {
  override readonly name = 'Lost'
}

/** Codes of failures before a connection stood. Everything else may have carried the message. */
const beforeSending = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
])

/** Opens the door at `url` with a grant token. Answers may take as long as they take: the gateway has the deadlines. */
export function openDoor(url: string, token: string, clock: Clock): Door {
  const dispatcher = new Agent({ headersTimeout: 0, bodyTimeout: 0, pipelining: 1 })
  const always = { authorization: `Bearer ${token}`, accept: 'application/json, text/event-stream' }
  return {
    async post(body, headers, signal) {
      const sent = { ...always, 'content-type': 'application/json', ...headers }
      const untilMs = clock.steadyMs() + limits.bridgeSendMs
      for (let pauseMs: number = limits.bridgeRetryMsMin; ; pauseMs = nextPause(pauseMs)) {
        pauseMs = Math.min(pauseMs, limits.bridgeSendPauseMsMax)
        try {
          return await request(url, { method: 'POST', body, headers: sent, dispatcher, signal })
        } catch (error) {
          if (signal.aborted) throw signal.reason
          if (!beforeSending.has(codeOf(error))) throw new Lost(reasonOf(error), { cause: error })
          if (clock.steadyMs() + pauseMs > untilMs) throw new NotSent(reasonOf(error), { cause: error })
        }
        await clock.sleep(pauseMs, signal)
      }
    },
    stream: (headers, signal) =>
      request(url, {
        method: 'GET',
        headers: { ...always, accept: 'text/event-stream', ...headers },
        dispatcher,
        signal,
      }),
    async end(headers) {
      const signal = AbortSignal.timeout(limits.bridgeRetryMsMin * 4)
      const answer = await request(url, { method: 'DELETE', headers: { ...always, ...headers }, dispatcher, signal })
      await answer.body.dump()
    },
    close: () => dispatcher.destroy(),
  }
}

/** Twice the pause, up to the longest. */
export function nextPause(pauseMs: number): number {
  return Math.min(pauseMs * 2, limits.bridgeRetryMsMax)
}
