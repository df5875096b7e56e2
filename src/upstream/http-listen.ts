/** Placeholder. */
import type { Clock } from '../clock.ts'
import { type Result, refused } from '../errors.ts'
import type { JsonObject } from '../wire/json-types.ts'
import type { HttpLink } from './http-link.ts'
import type { Session } from './http-session.ts'
import type { ListenOptions, UpstreamIdentity } from './upstream.ts'

export class HttpListeners {
  constructor(_clock: Clock) {}
  async listenModern(link: HttpLink, _options: ListenOptions): Promise<Result<{ readonly honoured: JsonObject }>> {
    return refused('ERR_UPSTREAM_NO_STREAM', { server: link.server })
  }
  async listenLegacy(
    link: HttpLink,
    _s: Session,
    _i: UpstreamIdentity,
    _o: ListenOptions,
  ): Promise<Result<{ readonly honoured: JsonObject }>> {
    return refused('ERR_UPSTREAM_NO_STREAM', { server: link.server })
  }
  broadcast(_ref: string, _method: string, _params: JsonObject): void {}
  stop(): void {}
}
