/**
 * Starts and stops the processes of a benchmark and reads from the operating system what they used. Linux only: CPU
 * time and memory come from `/proc/<pid>`, for the whole process with all its threads.
 */
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { LoadOrder, LoadReport } from './load.ts'

/** Length of a kernel clock tick; USER_HZ is 100 on every Linux this runs on. */
const tickUs = 10_000
const stopMs = 15_000

/** A running process of the benchmark. */
export interface BenchProcess {
  readonly child: ChildProcess
  readonly pid: number
}

/** User plus system time of a process so far, in microseconds. */
export function cpuUs(pid: number): number {
  return usedUs(readFileSync(`/proc/${pid}/stat`, 'utf8'))
}

/** The same for each thread of a process, keyed by thread id and name. */
export function threadCpuUs(pid: number): ReadonlyMap<string, number> {
  const threads = readdirSync(`/proc/${pid}/task`).map(tid => {
    const stat = readFileSync(`/proc/${pid}/task/${tid}/stat`, 'utf8')
    return [`${tid} ${stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'))}`, usedUs(stat)] as const
  })
  return new Map(threads)
}

function usedUs(stat: string): number {
  // the command name may hold spaces and parentheses: fields are counted after its end (proc(5), fields 14 and 15)
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * tickUs
}

/** Resident memory of a process, in bytes. */
export function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024
}

/** Starts a script of this folder that reports the port it listens on. */
export async function startListener(
  script: string,
  args: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<BenchProcess & { readonly port: number }> {
  const child = forked(script, args, env)
  const [message] = (await Promise.race([once(child, 'message'), ended(child, script)])) as [{ port: number }]
  return { child, pid: child.pid ?? 0, port: message.port }
}

/** A load generator that takes one order at a time. */
export class LoadProcess {
  readonly #child = forked('load.ts', [], {})
  readonly #gone = ended(this.#child, 'load.ts')

  /** Runs one order; `onBegin` and `onEnd` are called around the measured window. */
  async run(order: LoadOrder, onBegin: () => void = () => undefined, onEnd = onBegin): Promise<LoadReport> {
    const listening = Promise.withResolvers<LoadReport>()
    const onMessage = (message: { begin?: true; end?: true; report?: LoadReport; error?: string }) => {
      if (message.begin) onBegin()
      if (message.end) onEnd()
      if (message.error !== undefined) listening.reject(new Error(message.error))
      if (message.report !== undefined) listening.resolve(message.report)
    }
    this.#child.on('message', onMessage)
    this.#child.send(order)
    try {
      return await Promise.race([listening.promise, this.#gone])
    } finally {
      this.#child.off('message', onMessage)
    }
  }

  stop(): void {
    this.#gone.catch(() => undefined)
    this.#child.kill()
  }
}

/** A running gateway; `said` is the end of what it wrote to standard error. */
export interface GatewayProcess extends BenchProcess {
  readonly port: number
  readonly said: () => string
}

/** Starts the real gateway as its users do and waits until it says it is ready. */
export async function startGateway(options: {
  readonly config: string
  readonly dataFolder: string
  readonly env: Readonly<Record<string, string>>
  readonly nodeOptions?: readonly string[]
}): Promise<GatewayProcess> {
  const port = await freePort()
  const args = ['start', '--config', options.config, '--data-dir', options.dataFolder, '--port', String(port)]
  const main = join(import.meta.dirname, '../src/main.ts')
  const child = spawn(process.execPath, [...(options.nodeOptions ?? []), main, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...options.env },
  })
  let said = ''
  child.stderr?.on('data', chunk => {
    said = `${said}${chunk}`.slice(-100_000)
  })
  const running = { child, pid: child.pid ?? 0, port, said: () => said }
  const gone = ended(child, 'sallyport')
  gone.catch(() => undefined)
  try {
    await Promise.race([gone, ready(`http://127.0.0.1:${port}/readyz`)])
  } catch (error) {
    await stopProcess(running)
    throw new Error(`the gateway did not start\n${said}`, { cause: error })
  }
  return running
}

/** Asks a process to end and waits for it; kills it when it does not. */
export async function stopProcess(running: BenchProcess): Promise<void> {
  if (running.child.exitCode !== null || running.child.signalCode !== null) return
  const exit = once(running.child, 'exit')
  running.child.kill('SIGTERM')
  const timer = setTimeout(() => running.child.kill('SIGKILL'), stopMs)
  await exit
  clearTimeout(timer)
}

function forked(script: string, args: readonly string[], env: Record<string, string>): ChildProcess {
  return fork(join(import.meta.dirname, script), args, { env: { ...process.env, ...env }, execArgv: [] })
}

function ended(child: ChildProcess, name: string): Promise<never> {
  return once(child, 'exit').then(([code]) => Promise.reject(new Error(`${name} ended with ${code}`)))
}

async function ready(url: string): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt++) {
    const answer = await fetch(url).catch(() => undefined)
    if (answer?.status === 200) return
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  throw new Error(`not ready after 30 s: ${url}`)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  await new Promise(resolve => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}
