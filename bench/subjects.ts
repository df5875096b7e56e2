/**
 * The subjects of a comparison: who is called, with which tool, and which process is billed for it. All stand in front
 * of the same fast upstream and run at the same time; the idle ones cost nothing.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeGatewayFolder } from './gateway-config.ts'
import { type BenchEra, type RequestTarget, readTool, requestBytes, writeTool } from './mcp-messages.ts'
import { type BenchProcess, type GatewayProcess, startGateway, startListener, stopProcess } from './processes.ts'

export const subjectNames = ['direct', 'passthrough', 'sallyport', 'sallyport-read'] as const
export type SubjectName = (typeof subjectNames)[number]

/** One subject. `billed` is the process whose CPU time counts; for `direct` that is the upstream itself. */
export interface Subject {
  readonly name: SubjectName
  readonly target: RequestTarget
  readonly tool: string
  readonly billed: BenchProcess
}

/** What runs during a comparison, and how to end it. */
export interface Stage {
  readonly subjects: readonly Subject[]
  readonly upstream: BenchProcess
  readonly gateway?: GatewayProcess
  stop(): Promise<void>
}

export interface StageOptions {
  readonly names: readonly SubjectName[]
  readonly clientEra: BenchEra
  readonly upstreamEra: BenchEra
  readonly rules: number
  readonly nodeOptions?: readonly string[]
}

/** Starts the upstream, the pass-through and the gateway, as far as `names` asks for them. */
export async function setStage(options: StageOptions): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'))
  const running: BenchProcess[] = []
  const stop = async () => {
    for (const each of running.reverse()) await stopProcess(each)
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const upstream = await startListener('upstream.ts', [], { BENCH_ERA: options.upstreamEra })
    running.push(upstream)
    const upstreamUrl = `http://127.0.0.1:${upstream.port}/mcp`
    const direct: RequestTarget = { host: '127.0.0.1', port: upstream.port, path: '/mcp', era: options.clientEra }
    const subjects: Subject[] = []
    if (options.names.includes('direct')) {
      subjects.push({ name: 'direct', target: direct, tool: writeTool, billed: upstream })
    }
    if (options.names.includes('passthrough')) {
      const billed = await startListener('passthrough.ts', [upstreamUrl])
      running.push(billed)
      subjects.push({ name: 'passthrough', target: { ...direct, port: billed.port }, tool: writeTool, billed })
    }
    const governed = options.names.filter(name => name.startsWith('sallyport'))
    if (governed.length === 0) return { subjects, upstream, stop }
    const written = writeGatewayFolder(folder, upstreamUrl, options.rules)
    const gateway = await startGateway({ ...written, nodeOptions: options.nodeOptions ?? [] })
    running.push(gateway)
    const target = { ...direct, port: gateway.port, path: '/mcp/bench', token: written.token }
    if (options.clientEra === 'modern') await listTools(target)
    for (const name of governed) {
      subjects.push({ name, target, tool: name === 'sallyport' ? writeTool : readTool, billed: gateway })
    }
    return { subjects, upstream, gateway, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** One `tools/list`, so that the definitions are pinned before the first call. */
async function listTools(target: RequestTarget): Promise<void> {
  const bytes = requestBytes(target, 0, 'tools/list', {}).toString()
  const [head = '', body = ''] = bytes.split('\r\n\r\n')
  const headers = Object.fromEntries(
    head
      .split('\r\n')
      .slice(1)
      .map(line => line.split(': ', 2) as [string, string])
      .filter(([name]) => name !== 'Host' && name !== 'Content-Length'),
  )
  const answer = await fetch(`http://${target.host}:${target.port}${target.path}`, { method: 'POST', headers, body })
  const text = await answer.text()
  if (answer.status !== 200 || !text.includes(writeTool)) throw new Error(`tools/list: ${answer.status} ${text}`)
}
