/**
 * The load generator, a process of its own: `connections` keep-alive sockets, each sending its next call when the last
 * one is answered. Told over the process channel what to do; answers `begin` and `end` around the measured window so
 * that the parent can read CPU times, then the latencies.
 */
import { connect, type Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import { type HttpMessage, headerIn, MessageReader } from './http-messages.ts'
import { chargeArguments, initializeParams, type RequestTarget, requestBytes } from './mcp-messages.ts'

/** One order of the parent. */
export interface LoadOrder {
  readonly target: RequestTarget
  readonly tool: string
  readonly connections: number
  readonly leadInMs: number
  readonly measureMs: number
}

/** What a measured window held. Latencies in microseconds. */
export interface LoadReport {
  readonly calls: number
  readonly elapsedMs: number
  readonly p50Us: number
  readonly p99Us: number
  readonly maxUs: number
}

let serial = 0

process.on('message', order => {
  run(order as LoadOrder).then(
    report => process.send?.({ report }),
    error => process.send?.({ error: String(error) }),
  )
})
process.on('disconnect', () => process.exit(0))

async function run(order: LoadOrder): Promise<LoadReport> {
  const target = order.target.era === 'legacy' ? await initialized(order.target) : order.target
  const latencies: number[] = []
  const state = { measuring: false, stopping: false }
  const sockets = await Promise.all(Array.from({ length: order.connections }, () => open(target)))
  const loops = sockets.map(socket => callInTurn(socket, target, order.tool, state, latencies))
  const failed = Promise.race(loops).then(() => Promise.reject(new Error('a connection ended early')))
  failed.catch(() => undefined)
  await Promise.race([failed, pause(order.leadInMs)])
  process.send?.({ begin: true })
  state.measuring = true
  const startedMs = performance.now()
  await Promise.race([failed, pause(order.measureMs)])
  state.measuring = false
  const elapsedMs = performance.now() - startedMs
  process.send?.({ end: true })
  state.stopping = true
  await Promise.all(loops)
  for (const socket of sockets) socket.destroy()
  return { ...percentiles(latencies), calls: latencies.length, elapsedMs }
}

/** One connection: the next call leaves when the last is answered. Rejects on any answer that is not a result. */
function callInTurn(
  socket: Socket,
  target: RequestTarget,
  tool: string,
  state: { readonly measuring: boolean; readonly stopping: boolean },
  latencies: number[],
): Promise<void> {
  const reader = new MessageReader()
  return new Promise((resolve, reject) => {
    let sentMs = 0
    const send = () => {
      if (state.stopping) return resolve()
      const id = ++serial
      const bytes = requestBytes(target, id, 'tools/call', { name: tool, arguments: chargeArguments(id) }, tool)
      sentMs = performance.now()
      socket.write(bytes)
    }
    socket.on('data', chunk => {
      for (const message of reader.push(chunk as Buffer)) {
        if (state.measuring) latencies.push((performance.now() - sentMs) * 1000)
        const problem = problemOf(message)
        if (problem !== undefined) return reject(new Error(problem))
        send()
      }
    })
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('connection closed')))
    send()
  })
}

function problemOf(message: HttpMessage): string | undefined {
  const text = message.body.toString('latin1')
  if (message.head.startsWith('HTTP/1.1 200') && text.includes('"result"') && !text.includes('"isError":true')) {
    return undefined
  }
  return `not a result: ${message.head.split('\r\n')[0]} ${text.slice(0, 400)}`
}

async function initialized(target: RequestTarget): Promise<RequestTarget> {
  const socket = await open(target)
  const message = await new Promise<HttpMessage>((resolve, reject) => {
    const reader = new MessageReader()
    socket.on('data', chunk => {
      const whole = reader.push(chunk as Buffer)[0]
      if (whole !== undefined) resolve(whole)
    })
    socket.on('error', reject)
    socket.write(requestBytes(target, 0, 'initialize', initializeParams))
  })
  socket.destroy()
  return { ...target, session: headerIn(message.head, 'mcp-session-id') }
}

function open(target: RequestTarget): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: target.host, port: target.port, noDelay: true }, () => resolve(socket))
    socket.once('error', reject)
  })
}

function percentiles(latencies: number[]): { p50Us: number; p99Us: number; maxUs: number } {
  const sorted = Float64Array.from(latencies).sort()
  const at = (share: number) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0)
  return { p50Us: at(0.5), p99Us: at(0.99), maxUs: at(1) }
}

function pause(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}
