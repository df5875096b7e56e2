/** A server whose entry cannot be used as it is written: every use is refused with the reason, nothing is opened. */
import type { Refusal, Result } from '../errors.ts'
import { newCounters } from './counters.ts'
import { refusedOutcome } from './outcome.ts'
import type { Upstream, UpstreamEntry, UpstreamOutcome, UpstreamStatus } from './upstream.ts'

export class UnusableUpstream implements Upstream {
  readonly entry: UpstreamEntry
  readonly #refusal: Refusal

  constructor(entry: UpstreamEntry, refusal: Refusal) {
    this.entry = entry
    this.#refusal = refusal
  }

  identity(): Promise<Result<never>> {
    return this.#refuse()
  }

  openSession(): Promise<Result<never>> {
    return this.#refuse()
  }

  closeSession(): Promise<void> {
    return Promise.resolve()
  }

  send(): Promise<UpstreamOutcome> {
    return Promise.resolve(refusedOutcome(this.#refusal))
  }

  notify(): Promise<void> {
    return Promise.resolve()
  }

  listen(): Promise<Result<never>> {
    return this.#refuse()
  }

  status(): UpstreamStatus {
    return { state: 'failing', lastError: this.#refusal.message, counters: newCounters() }
  }

  stop(): Promise<void> {
    return Promise.resolve()
  }

  #refuse(): Promise<Result<never>> {
    return Promise.resolve({ ok: false, refusal: this.#refusal })
  }
}
