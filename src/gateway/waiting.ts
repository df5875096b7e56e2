/**
 * Behind `/mcp` a server that keeps its answer back must not keep back those of the others: each is asked for a while,
 * and what came by then is what there is. The clients are told when it is back (`leftOut`).
 */
import { limits } from '../limits.ts'
import type { GatewayServer } from './deps.ts'
import type { Exchange, Gate } from './exchange.ts'

/**
 * What `ask` resolves to; nothing when that takes longer than `sharedServerMs` at a shared door. The exchange `ask` is
 * given is then aborted. At a server's own door there is nobody else to wait for: it takes as long as it takes.
 */
export async function inTime<T>(
  gate: Gate,
  exchange: Exchange,
  server: GatewayServer,
  ask: (exchange: Exchange) => Promise<T>,
): Promise<T | undefined> {
  if (!exchange.door.isShared) return await ask(exchange)
  const late = new AbortController()
  const cancel = gate.deps.clock.timer(limits.sharedServerMs, () => late.abort())
  const given = new Promise<undefined>(resolve => {
    late.signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
  try {
    const signal = AbortSignal.any([exchange.signal, late.signal])
    return await Promise.race([ask({ ...exchange, signal }), given])
  } finally {
    cancel()
    if (late.signal.aborted) {
      const { method } = exchange
      gate.deps.log.warn({ server: server.name, method }, 'a server kept its answer back and was left out')
      gate.deps.leftOut(server.name)
    }
  }
}
