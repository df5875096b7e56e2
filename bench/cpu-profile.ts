/**
 * Runs the gateway under V8's CPU profiler and says which functions of its main thread the time went to, by self
 * time. The profile file stays in `bench/results/` for a viewer.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { compare, type Measurement } from './comparison.ts'
import type { BenchEra } from './mcp-messages.ts'
import { setStage } from './subjects.ts'

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

const rowsMax = 40
const folder = join(import.meta.dirname, 'results')

/** Profiles the `sallyport` subject at the last of `connections` and prints a table for each thread. */
export async function printProfile(options: {
  readonly clientEra: BenchEra
  readonly upstreamEra: BenchEra
  readonly rules: number
  readonly measureMs: number
  readonly warmUpMs: number
  readonly connections: readonly number[]
  readonly onMeasured: (measurement: Measurement) => void
}): Promise<void> {
  mkdirSync(folder, { recursive: true })
  for (const name of profileFiles()) rmSync(join(folder, name))
  const nodeOptions = ['--cpu-prof', `--cpu-prof-dir=${folder}`, '--cpu-prof-interval=500']
  const stage = await setStage({ ...options, names: ['sallyport'], nodeOptions })
  try {
    const run = { ...options, rounds: 1, connections: options.connections.slice(-1), threads: true }
    const [measured] = await compare(stage, run)
    const threads = (measured?.threads ?? []).filter(([, us]) => us > 0)
    const lines = threads.map(([name, us]) => `${us.toFixed(1).padStart(8)} µs  thread ${name}`)
    process.stdout.write(`\nCPU per call under the profiler\n${lines.join('\n')}\n`)
  } finally {
    await stage.stop()
  }
  for (const name of profileFiles()) {
    const path = join(folder, name)
    process.stdout.write(`\n${name} (${Math.round(statSync(path).size / 1024)} KiB)\n${profileText(path)}\n`)
  }
}

/** The functions with the most self time, with their share of the time that was not idle. */
function profileText(path: string): string {
  const profile = JSON.parse(readFileSync(path, 'utf8')) as CpuProfile
  const frames = new Map(profile.nodes.map(node => [node.id, node.callFrame]))
  const selfUs = new Map<string, number>()
  let busyUs = 0
  for (const [at, id] of profile.samples.entries()) {
    const frame = frames.get(id)
    if (frame === undefined || frame.functionName === '(idle)') continue
    const spentUs = profile.timeDeltas[at] ?? 0
    const where = frame.url === '' ? '' : `${placeOf(frame.url)}:${frame.lineNumber + 1}`
    const key = `${frame.functionName === '' ? '(anonymous)' : frame.functionName} ${where}`
    selfUs.set(key, (selfUs.get(key) ?? 0) + spentUs)
    busyUs += spentUs
  }
  const rows = [...selfUs].sort(([, one], [, other]) => other - one).slice(0, rowsMax)
  const lines = rows.map(([key, us]) => `${((us / busyUs) * 100).toFixed(1).padStart(6)} %  ${key}`)
  return [`busy ${(busyUs / 1e6).toFixed(1)} s`, ...lines].join('\n')
}

function placeOf(url: string): string {
  const inModules = url.lastIndexOf('/node_modules/')
  if (inModules >= 0) return url.slice(inModules + '/node_modules/'.length)
  const inSource = url.lastIndexOf('/src/')
  return inSource >= 0 ? url.slice(inSource + 1) : url
}

function profileFiles(): readonly string[] {
  return readdirSync(folder).filter(name => name.endsWith('.cpuprofile'))
}
