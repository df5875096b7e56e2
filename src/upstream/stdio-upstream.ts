/** Placeholder. */
import { refused } from '../errors.ts'
import type { StdioEntry, Upstream, UpstreamDeps } from './upstream.ts'
export class StdioUpstream implements Upstream {
  readonly entry: StdioEntry
  constructor(entry: StdioEntry, _deps: UpstreamDeps) {
    this.entry = entry
  }
  async identity() {
    return refused('ERR_UPSTREAM_STOPPED', { server: this.entry.name })
  }
  async openSession() {
    return refused('ERR_UPSTREAM_STOPPED', { server: this.entry.name })
  }
  async closeSession() {}
  async send() {
    return { kind: 'refused' as const, refusal: refused('ERR_UPSTREAM_STOPPED', { server: this.entry.name }).refusal }
  }
  async notify() {}
  async listen() {
    return refused('ERR_UPSTREAM_STOPPED', { server: this.entry.name })
  }
  status() {
    return {
      state: 'idle' as const,
      counters: { strayAnswers: 0, droppedNotifications: 0, refusedQuestions: 0, junk: 0, redactions: 0 },
    }
  }
  async stop() {}
}
