/**
 * Resident memory of the gateway before, during and after: many idle connections, a slow reader of a long stream, many
 * open calls. The load runs in this process; only the gateway is weighed.
 */
import { connect, type Socket } from 'node:net'
import { MessageReader } from './http-messages.ts'
import { type RequestTarget, requestBytes, slowTool, streamTool } from './mcp-messages.ts'
import { residentBytes } from './processes.ts'
import { setStage } from './subjects.ts'

/** One phase with what the gateway held at its most and when it was over. */
export interface MemoryPhase {
  readonly phase: string
  readonly peakBytes: number
  readonly endBytes: number
  readonly note: string
}

const idleConnections = 10_000
const idleAtOnce = 200
const openCalls = 1_000
const openCallDelayMs = 5_000
const streamEvents = 6_400
const streamEventBytes = 16_384
/** 100 MiB in about twenty seconds. */
const readBytesPerTurn = 512 * 1024
const readTurnMs = 100
const settleMs = 12_000
/** What the collector gives back to the operating system it gives back soon after. */
const collectedMs = 3_000

/** Runs all phases against one gateway, and collects its garbage before each weighing at rest. */
export async function measureMemory(say: (text: string) => void): Promise<readonly MemoryPhase[]> {
  const options = {
    clientEra: 'modern',
    upstreamEra: 'modern',
    rules: 100,
    nodeOptions: ['--inspect=127.0.0.1:0'],
  } as const
  const stage = await setStage({ ...options, names: ['sallyport'] })
  const subject = stage.subjects[0]
  const { gateway } = stage
  if (subject === undefined || gateway === undefined) throw new Error('no gateway')
  const phases: MemoryPhase[] = []
  const weighed = async (phase: string, act: () => Promise<string>) => {
    say(`${phase} …`)
    const weigh = () => residentBytes(gateway.pid)
    let peakBytes = weigh()
    const timer = setInterval(() => {
      peakBytes = Math.max(peakBytes, weigh())
    }, 50)
    const note = await act()
    clearInterval(timer)
    phases.push({ phase, peakBytes, endBytes: weigh(), note })
  }
  const settle = async () => {
    await pause(settleMs)
    const heapBytes = await collectGarbage(gateway.said())
    return `collected; ${mebibytes(heapBytes)} MiB of heap in use`
  }
  try {
    await weighed('started', async () => 'one server pinned, nothing called')
    await weighed('warm', () => manyCalls(subject.target, 200, 10))
    await weighed('at rest', settle)
    await weighed(`${idleConnections} idle connections`, () => idle(subject.target))
    await weighed('at rest', settle)
    await weighed('slow reader of a 100 MiB stream', () => slowReader(subject.target))
    await weighed('at rest', settle)
    await weighed(`${openCalls} open calls`, () => manyCalls(subject.target, openCalls, openCallDelayMs))
    await weighed('at rest', settle)
    await weighed(`${idleConnections} idle connections again`, () => idle(subject.target))
    await weighed('at rest', settle)
  } finally {
    await stage.stop()
  }
  return phases
}

/** Has V8 collect what is garbage, over the inspector whose address the process printed; bytes of heap in use after. */
async function collectGarbage(said: string): Promise<number> {
  const address = /ws:\/\/[^\s]+/.exec(said)?.[0]
  if (address === undefined) throw new Error('the gateway names no inspector')
  const socket = new WebSocket(address)
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve)
    socket.addEventListener('error', reject)
  })
  const ask = (id: number, method: string) => {
    socket.send(JSON.stringify({ id, method }))
    return new Promise<{ usedSize?: number }>(resolve => {
      socket.addEventListener('message', event => {
        const answer = JSON.parse(String(event.data)) as { id?: number; result?: { usedSize?: number } }
        if (answer.id === id) resolve(answer.result ?? {})
      })
    })
  }
  await ask(1, 'HeapProfiler.collectGarbage')
  await pause(collectedMs)
  const { usedSize = 0 } = await ask(2, 'Runtime.getHeapUsage')
  socket.close()
  return usedSize
}

/** The phases as a table in MiB. */
export function memoryText(phases: readonly MemoryPhase[]): string {
  const shown = (bytes: number) => (bytes / 1024 / 1024).toFixed(0)
  const rows = phases.map(
    each => `| ${each.phase} | ${shown(each.peakBytes)} | ${shown(each.endBytes)} | ${each.note} |`,
  )
  return ['| phase | most MiB | MiB at its end | |', '|---|---|---|---|', ...rows].join('\n')
}

/** Keep-alive connections that have each made a call and now do nothing. */
async function idle(target: RequestTarget): Promise<string> {
  const sockets: Socket[] = []
  while (sockets.length < idleConnections) {
    const opened = await Promise.all(Array.from({ length: idleAtOnce }, () => openSocket(target)))
    await Promise.all(opened.map(socket => callOn(socket, target, slowTool, { delayMs: 0 })))
    sockets.push(...opened)
  }
  const answered = await call(target, slowTool, { delayMs: 1 })
  await pause(2_000)
  const open = sockets.filter(socket => !socket.destroyed).length
  for (const socket of sockets) socket.destroy()
  return `${open} open, a call meanwhile took ${answered.elapsedMs} ms`
}

async function slowReader(target: RequestTarget): Promise<string> {
  const socket = await openSocket(target)
  const params = {
    name: streamTool,
    arguments: { events: streamEvents, eventBytes: streamEventBytes },
    _meta: { progressToken: 1 },
  }
  let received = 0
  let tail = ''
  socket.pause()
  socket.write(requestBytes(target, 1, 'tools/call', params, streamTool))
  const startedMs = Date.now()
  let ended = false
  socket.on('end', () => {
    ended = true
  })
  while (!ended && !tail.includes('0\r\n\r\n')) {
    await pause(readTurnMs)
    const chunk = socket.read(Math.min(readBytesPerTurn, Math.max(socket.readableLength, 1))) as Buffer | null
    if (chunk === null) {
      if (socket.destroyed) break
      continue
    }
    received += chunk.length
    tail = (tail + chunk.toString('latin1')).slice(-600)
  }
  socket.destroy()
  const whole = tail.includes('"result"') ? 'whole' : `cut: ${tail.slice(-300).replaceAll(/\s+/g, ' ')}`
  return `${(received / 1024 / 1024).toFixed(0)} MiB read in ${Date.now() - startedMs} ms, ${whole}`
}

async function manyCalls(target: RequestTarget, count: number, delayMs: number): Promise<string> {
  const answers = await Promise.all(Array.from({ length: count }, () => call(target, slowTool, { delayMs })))
  const good = answers.filter(answer => answer.text.includes('"result"') && !answer.text.includes('"isError":true'))
  const slowest = Math.max(...answers.map(answer => answer.elapsedMs))
  return `${good.length} of ${count} answered with a result, the slowest after ${slowest} ms`
}

async function call(
  target: RequestTarget,
  tool: string,
  args: Readonly<Record<string, number>>,
): Promise<{ text: string; elapsedMs: number }> {
  const startedMs = Date.now()
  const socket = await openSocket(target)
  const text = await callOn(socket, target, tool, args)
  socket.destroy()
  return { text, elapsedMs: Date.now() - startedMs }
}

/** One call on an open connection; the text of its answer, or nothing when the connection ended. */
function callOn(
  socket: Socket,
  target: RequestTarget,
  tool: string,
  args: Readonly<Record<string, number>>,
): Promise<string> {
  const reader = new MessageReader()
  return new Promise((resolve, reject) => {
    socket.on('data', chunk => {
      const message = reader.push(chunk as Buffer)[0]
      if (message !== undefined) resolve(message.body.toString())
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(''))
    socket.write(requestBytes(target, 1, 'tools/call', { name: tool, arguments: args }, tool))
  })
}

function openSocket(target: RequestTarget): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const options = { host: target.host, port: target.port, noDelay: true, highWaterMark: readBytesPerTurn }
    const socket = connect(options, () => resolve(socket))
    socket.once('error', reject)
  })
}

function mebibytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(0)
}

function pause(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}
