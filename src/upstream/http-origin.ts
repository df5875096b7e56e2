/**
 * The sockets of one HTTP server: two keep-alive pools (calls, long-lived streams) through the guarded connector, and
 * the headers every request carries. Never follows a redirect, never uses a proxy from the environment, HTTP/1.1 only.
 */
import { type Dispatcher, Pool } from 'undici'
import { accepted, type Result } from '../errors.ts'
import { limits } from '../limits.ts'
import type { Deadlines } from './deadlines.ts'
import { guardedConnector, type Resolve, readTarget } from './egress.ts'
import { Exchange, type ExchangeBounds, type Sink } from './exchange.ts'
import { type HeaderList, readStaticHeaders } from './headers.ts'
import type { HttpEntry } from './upstream.ts'

/** Everything that is known before the first connection. */
export interface Target {
  readonly url: URL
  readonly staticHeaders: HeaderList
}

/** Checks an entry as written. Refuses with ERR_UPSTREAM_EGRESS or ERR_UPSTREAM_HEADER. */
export function readEntry(entry: HttpEntry): Result<Target> {
  const url = readTarget(entry.url, { server: entry.name, network: entry.network })
  if (!url.ok) return url
  const staticHeaders = readStaticHeaders(entry.name, entry.headers)
  return staticHeaders.ok ? accepted({ url: url.value, staticHeaders: staticHeaders.value }) : staticHeaders
}

/** One origin with its pools. Opens nothing until the first request. */
export class HttpOrigin {
  readonly url: URL
  readonly #server: string
  readonly #deadlines: Deadlines
  readonly #calls: Pool
  readonly #streams: Pool
  readonly #postHeaders: HeaderList
  readonly #getHeaders: HeaderList

  constructor(entry: HttpEntry, target: Target, deadlines: Deadlines, resolve: Resolve, userAgent: string) {
    this.url = target.url
    this.#server = entry.name
    this.#deadlines = deadlines
    const options: Pool.Options = {
      connect: guardedConnector({ server: entry.name, network: entry.network }, resolve),
      pipelining: 1,
      keepAliveTimeout: limits.upstreamKeepAliveMs,
      maxHeaderSize: limits.upstreamHeaderBytesMax,
      // idle and total time are watched by Deadlines
      headersTimeout: 0,
      bodyTimeout: 0,
    }
    this.#calls = new Pool(this.url.origin, { ...options, connections: limits.upstreamConnectionsMax })
    this.#streams = new Pool(this.url.origin, { ...options, connections: limits.upstreamStreamsMax })
    const common = ['accept-encoding', 'identity', 'user-agent', userAgent, ...target.staticHeaders]
    this.#postHeaders = ['content-type', 'application/json', 'accept', 'application/json, text/event-stream', ...common]
    this.#getHeaders = ['accept', 'text/event-stream', ...common]
  }

  /** Posts one message. `headers` come after ours; `pool: 'streams'` for an answer that stays open. */
  post(text: string, headers: HeaderList, bounds: ExchangeBounds, sink: Sink, pool: 'calls' | 'streams'): Exchange {
    return this.#dispatch('POST', this.url, [...this.#postHeaders, ...headers], text, bounds, sink, pool)
  }

  /** Posts one message to another path of the same origin (the endpoint of an HTTP+SSE server). */
  postTo(path: URL, text: string, headers: HeaderList, bounds: ExchangeBounds, sink: Sink): Exchange {
    return this.#dispatch('POST', path, [...this.#postHeaders, ...headers], text, bounds, sink, 'calls')
  }

  /** Opens an event stream. */
  get(headers: HeaderList, bounds: ExchangeBounds, sink: Sink): Exchange {
    return this.#dispatch('GET', this.url, [...this.#getHeaders, ...headers], null, bounds, sink, 'streams')
  }

  /** Ends a session. */
  delete(headers: HeaderList, bounds: ExchangeBounds, sink: Sink): Exchange {
    return this.#dispatch('DELETE', this.url, [...this.#getHeaders, ...headers], null, bounds, sink, 'calls')
  }

  /** Closes every socket at once. */
  async stop(): Promise<void> {
    await Promise.all([this.#calls.destroy(), this.#streams.destroy()])
  }

  #dispatch(
    method: Dispatcher.HttpMethod,
    url: URL,
    headers: string[],
    body: string | null,
    bounds: ExchangeBounds,
    sink: Sink,
    pool: 'calls' | 'streams',
  ): Exchange {
    const exchange = new Exchange(this.#server, sink, bounds, this.#deadlines)
    const sockets = pool === 'calls' ? this.#calls : this.#streams
    sockets.dispatch({ path: url.pathname + url.search, method, headers, body }, exchange)
    return exchange
  }
}
