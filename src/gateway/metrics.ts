/** What the gateway counts, for Prometheus. Names of servers and verdicts only: no tool names, callers or values. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

export interface Metrics {
  /** One request that was authenticated and ended. */
  call(server: string, verdict: string, outcome: string, durationMs: number): void
  /** One request refused before it had a caller: no record of its own, only this count. */
  unauthenticated(code: string): void
  /** The text of `/metrics`. */
  text(): Promise<{ type: string; body: string }>
}

/** Figures read at the moment of a scrape. */
export interface Readings {
  ledger(): { lagMs: number; queued: number; ok: boolean }
  upstreams(): readonly { server: string; state: string }[]
  openCalls(): number
  openStreams(): number
}

const secondsBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120]

/** Creates the registry. Includes the process's own figures, event-loop delay among them. */
export function createMetrics(readings: Readings): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  const calls = new Counter({
    name: 'sallyport_calls_total',
    help: 'Requests judged, by server, verdict and outcome',
    labelNames: ['server', 'verdict', 'outcome'],
    registers,
  })
  const durations = new Histogram({
    name: 'sallyport_call_duration_seconds',
    help: 'Time from arrival to answer',
    labelNames: ['verdict'],
    buckets: secondsBuckets,
    registers,
  })
  const strangers = new Counter({
    name: 'sallyport_unauthenticated_total',
    help: 'Requests refused before they had a caller',
    labelNames: ['code'],
    registers,
  })
  readLater(registers, readings)
  return {
    call(server, verdict, outcome, durationMs) {
      calls.inc({ server, verdict, outcome })
      durations.observe({ verdict }, durationMs / 1000)
    },
    unauthenticated: code => strangers.inc({ code }),
    text: async () => ({ type: registry.contentType, body: await registry.metrics() }),
  }
}

function readLater(registers: Registry[], readings: Readings): void {
  const gauge = (name: string, help: string, read: () => number) => {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read())
      },
    })
  }
  gauge(
    'sallyport_ledger_lag_seconds',
    'Age of the oldest record not yet durable',
    () => readings.ledger().lagMs / 1000,
  )
  gauge('sallyport_ledger_queued', 'Records not yet durable', () => readings.ledger().queued)
  gauge('sallyport_ledger_up', '1 while records can be written', () => (readings.ledger().ok ? 1 : 0))
  gauge('sallyport_open_calls', 'Requests open now', () => readings.openCalls())
  gauge('sallyport_open_streams', 'Long-lived streams open now', () => readings.openStreams())
  new Gauge({
    name: 'sallyport_upstream_state',
    help: '1 for the state a server is in',
    labelNames: ['server', 'state'],
    registers,
    collect() {
      this.reset()
      for (const { server, state } of readings.upstreams()) this.set({ server, state }, 1)
    },
  })
}
