/**
 * Time, injected. Two clocks on purpose: `wallMs` is what people read and what records carry; `steadyMs` never
 * jumps and is what limits, timeouts and expiry are measured with, so that a clock step opens no extra budget.
 */

export interface Clock {
  /** Milliseconds since the Unix epoch. May jump when the machine's clock is set. */
  wallMs(): number
  /** Milliseconds on a clock that only moves forward. Comparable only within one process. */
  steadyMs(): number
  /** Resolves after `ms` milliseconds; rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** Runs `fn` once after `ms` milliseconds; the returned function cancels it. Never keeps the process alive. */
  timer(ms: number, fn: () => void): () => void
}

/** The machine's own clock. */
export const systemClock: Clock = {
  wallMs: () => Date.now(),
  steadyMs: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error)
      const onAbort = () => {
        clearTimeout(timeout)
        reject(signal?.reason as Error)
      }
      const timeout = setTimeout(() => {
        signal?.removeEventListener('abort', onAbort)
        resolve()
      }, ms)
      signal?.addEventListener('abort', onAbort, { once: true })
    }),
  timer: (ms, fn) => {
    const timeout = setTimeout(fn, ms)
    timeout.unref()
    return () => clearTimeout(timeout)
  },
}
