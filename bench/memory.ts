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
const openCalls = 1_000
const openCallDelayMs = 5_000
const streamEvents = 6_400
const streamEventBytes = 16_384
/** 100 MiB in about twenty seconds. */
const readBytesPerTurn = 512 * 1024
const readTurnMs = 100
const settleMs = 15_000

/** Runs all phases against one gateway. */
export async function measureMemory(say: (text: string) => void): Promise<readonly MemoryPhase[]> {
  const stage = await setStage({ names: ['sallyport'], clientEra: 'modern', upstreamEra: 'modern', rules: 100 })
  const subject = stage.subjects[0]
  if (subject === undefined) throw new Error('no gateway')
  const phases: MemoryPhase[] = []
  const weighed = async (phase: string, act: () => Promise<string>) => {
    say(`${phase} …`)
    const weigh = () => residentBytes(subject.billed.pid)
    let peakBytes = weigh()
    const timer = setInterval(() => {
      peakBytes = Math.max(peakBytes, weigh())
    }, 50)
    const note = await act()
    clearInterval(timer)
    phases.push({ phase, peakBytes, endBytes: weigh(), note })
  }
  try {
    await weighed('started', async () => 'one server pinned, nothing called')
    await weighed('warm', () => manyCalls(subject.target, 200, 10))
    await weighed(`${idleConnections} idle connections`, () => idle(subject.target))
    await weighed('settled', settle)
    await weighed('slow reader of a 100 MiB stream', () => slowReader(subject.target))
    await weighed('settled', settle)
    await weighed(`${openCalls} open calls`, () => manyCalls(subject.target, openCalls, openCallDelayMs))
    await weighed('settled', settle)
  } finally {
    await stage.stop()
  }
  return phases
}

/** The phases as a table in MiB. */
export function memoryText(phases: readonly MemoryPhase[]): string {
  const shown = (bytes: number) => (bytes / 1024 / 1024).toFixed(0)
  const rows = phases.map(
    each => `| ${each.phase} | ${shown(each.peakBytes)} | ${shown(each.endBytes)} | ${each.note} |`,
  )
  return ['| phase | most MiB | MiB at its end | |', '|---|---|---|---|', ...rows].join('\n')
}

async function idle(target: RequestTarget): Promise<string> {
  const sockets: Socket[] = []
  for (let opened = 0; opened < idleConnections; opened += 200) {
    sockets.push(...(await Promise.all(Array.from({ length: 200 }, () => openSocket(target)))))
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
  const reader = new MessageReader()
  const text = await new Promise<string>((resolve, reject) => {
    socket.on('data', chunk => {
      const message = reader.push(chunk as Buffer)[0]
      if (message !== undefined) resolve(message.body.toString())
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(''))
    socket.write(requestBytes(target, 1, 'tools/call', { name: tool, arguments: args }, tool))
  })
  socket.destroy()
  return { text, elapsedMs: Date.now() - startedMs }
}

function openSocket(target: RequestTarget): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const options = { host: target.host, port: target.port, noDelay: true, highWaterMark: readBytesPerTurn }
    const socket = connect(options, () => resolve(socket))
    socket.once('error', reject)
  })
}

async function settle(): Promise<string> {
  await pause(settleMs)
  return `${settleMs / 1000} s later`
}

function pause(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}
