/**
 * Interleaved rounds: every round measures every subject at every number of connections, in an order that turns, so
 * that a slow minute of the machine hits all alike. Figures of two runs must not be compared; ratios of one run may.
 */
import { cpuUs, LoadProcess, threadCpuUs } from './processes.ts'
import type { Stage, Subject, SubjectName } from './subjects.ts'

export interface ComparisonOptions {
  readonly rounds: number
  readonly measureMs: number
  readonly warmUpMs: number
  readonly connections: readonly number[]
  readonly threads?: boolean
  readonly onMeasured: (measurement: Measurement) => void
}

/** One subject at one number of connections in one round. CPU of the billed process; upstream's beside it. */
export interface Measurement {
  readonly round: number
  readonly subject: SubjectName
  readonly connections: number
  readonly calls: number
  readonly cpuUsPerCall: number
  readonly upstreamCpuUsPerCall: number
  readonly p50Us: number
  readonly p99Us: number
  readonly rps: number
  /** CPU per call of each thread of the billed process, most first, where it was asked for. */
  readonly threads?: readonly (readonly [thread: string, cpuUsPerCall: number])[]
}

const leadInMs = 500

/** Warms every subject up, then measures. Calls that are not answered with a result end the run. */
export async function compare(stage: Stage, options: ComparisonOptions): Promise<readonly Measurement[]> {
  const load = new LoadProcess()
  const measured: Measurement[] = []
  try {
    for (const { target, tool } of stage.subjects) {
      await load.run({ target, tool, connections: 16, leadInMs: 0, measureMs: options.warmUpMs })
    }
    for (let round = 1; round <= options.rounds; round++) {
      for (const connections of options.connections) {
        for (const subject of turned(stage.subjects, round - 1)) {
          const measurement = await measure(load, stage, subject, round, connections, options)
          options.onMeasured(measurement)
          measured.push(measurement)
        }
      }
    }
  } finally {
    load.stop()
  }
  return measured
}

async function measure(
  load: LoadProcess,
  stage: Stage,
  subject: Subject,
  round: number,
  connections: number,
  { measureMs, threads }: ComparisonOptions,
): Promise<Measurement> {
  const before = { billed: 0, upstream: 0, threads: new Map<string, number>() as ReadonlyMap<string, number> }
  const after = { ...before }
  const read = (into: typeof before) => () => {
    into.billed = cpuUs(subject.billed.pid)
    into.upstream = cpuUs(stage.upstream.pid)
    if (threads) into.threads = threadCpuUs(subject.billed.pid)
  }
  const order = { target: subject.target, tool: subject.tool, connections, leadInMs, measureMs }
  const report = await load.run(order, read(before), read(after))
  const perCall = (us: number) => Math.round((us / report.calls) * 10) / 10
  const perThread = [...after.threads]
    .map(([name, us]) => [name, perCall(us - (before.threads.get(name) ?? 0))] as const)
    .sort(([, one], [, other]) => other - one)
  return {
    round,
    subject: subject.name,
    connections,
    calls: report.calls,
    cpuUsPerCall: perCall(after.billed - before.billed),
    upstreamCpuUsPerCall: perCall(after.upstream - before.upstream),
    p50Us: report.p50Us,
    p99Us: report.p99Us,
    rps: Math.round((report.calls / report.elapsedMs) * 1000),
    ...(threads ? { threads: perThread } : {}),
  }
}

function turned<T>(items: readonly T[], by: number): readonly T[] {
  const start = items.length === 0 ? 0 : by % items.length
  return [...items.slice(start), ...items.slice(0, start)]
}
