/** The counters of one server, all at zero. */
import type { UpstreamCounters } from './upstream.ts'

export function newCounters(): UpstreamCounters {
  return { strayAnswers: 0, droppedNotifications: 0, refusedQuestions: 0, junk: 0, redactions: 0 }
}
