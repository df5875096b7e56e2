/**
 * `npm run bench`: what a governed call costs, as ratios against the same stack with nothing on it.
 * `npm run bench -- memory`: what idle connections, a slow reader and many open calls hold in memory.
 * `npm run bench -- policy`: what one decision costs, beside Cedar and CEL on the same rules.
 * `npm run bench -- catalogue`: how long rating 1,000 tools and building the site take.
 */
import { parseArgs } from 'node:util'
import { catalogueText, measureCatalogue } from './catalogue.ts'
import { compare, type Measurement } from './comparison.ts'
import { printProfile } from './cpu-profile.ts'
import type { BenchEra } from './mcp-messages.ts'
import { measureMemory, memoryText } from './memory.ts'
import { measurePolicies, policyText } from './policy.ts'
import { reportOf, reportText } from './report.ts'
import { type SubjectName, setStage, subjectNames } from './subjects.ts'

const help = `npm run bench -- [memory | policy | catalogue] [options]

  --rounds N            interleaved rounds (5)
  --seconds N           measured seconds of each subject, each number of connections, each round (3)
  --warm-up N           seconds of warm-up of each subject (10)
  --connections A,B,C   numbers of connections (1,16,64)
  --subjects A,B        some of ${subjectNames.join(',')}
  --client ERA          modern (2026-07-28, default) or legacy (2025-11-25)
  --upstream ERA        modern (default) or legacy
  --rules N             rules of the policy (100); of \`policy\`: no case with more rules (10000)
  --profile             one warm run of the gateway under the CPU profiler; prints where the time goes
  --ms N                of \`policy\`: CPU milliseconds of each engine on each case in each round (100)
  --json                prints {"rounds","summary","ratios"}; the summary is that of the most connections
`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    'warm-up': { type: 'string', default: '10' },
    connections: { type: 'string', default: '1,16,64' },
    subjects: { type: 'string', default: subjectNames.join(',') },
    client: { type: 'string', default: 'modern' },
    upstream: { type: 'string', default: 'modern' },
    rules: { type: 'string' },
    ms: { type: 'string', default: '100' },
    profile: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

const stageOptions = {
  clientEra: eraOf(values.client),
  upstreamEra: eraOf(values.upstream),
  rules: countOf(values.rules ?? '100'),
}
const runOptions = {
  measureMs: countOf(values.seconds) * 1000,
  warmUpMs: countOf(values['warm-up']) * 1000,
  connections: values.connections.split(',').map(countOf),
}

if (values.help) process.stdout.write(help)
else if (positionals[0] === 'memory') await runMemory()
else if (positionals[0] === 'policy') runPolicies()
else if (positionals[0] === 'catalogue') runCatalogue()
else if (values.profile) await runProfile()
else await runComparison()

async function runComparison(): Promise<void> {
  const stage = await setStage({ ...stageOptions, names: namesOf(values.subjects) })
  try {
    const rounds = await compare(stage, { ...runOptions, rounds: countOf(values.rounds), onMeasured: say })
    const report = reportOf(rounds)
    process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : `\n${reportText(report)}\n`)
  } finally {
    await stage.stop()
  }
}

async function runProfile(): Promise<void> {
  await printProfile({ ...stageOptions, ...runOptions, onMeasured: say })
}

async function runMemory(): Promise<void> {
  const phases = await measureMemory(text => process.stderr.write(`${text}\n`))
  process.stdout.write(values.json ? `${JSON.stringify({ phases })}\n` : `\n${memoryText(phases)}\n`)
}

function runPolicies(): void {
  const report = measurePolicies({
    rounds: countOf(values.rounds),
    measureMs: countOf(values.ms),
    rulesMax: countOf(values.rules ?? '10000'),
    onMeasured: text => process.stderr.write(`${text}\n`),
  })
  process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : `\n${policyText(report)}\n`)
}

function runCatalogue(): void {
  const report = measureCatalogue(countOf(values.rounds), text => process.stderr.write(`${text}\n`))
  process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : `\n${catalogueText(report)}\n`)
}

function say(each: Measurement): void {
  const figures = `${each.cpuUsPerCall} µs CPU a call, p50 ${each.p50Us} µs, p99 ${each.p99Us} µs, ${each.rps} calls/s`
  process.stderr.write(`round ${each.round} ${each.subject} x${each.connections}: ${figures}\n`)
}

function namesOf(text: string): readonly SubjectName[] {
  const names = text.split(',')
  const unknown = names.find(name => !(subjectNames as readonly string[]).includes(name))
  if (unknown !== undefined) throw new Error(`unknown subject \`${unknown}\`; known: ${subjectNames.join(', ')}`)
  return subjectNames.filter(name => names.includes(name))
}

function eraOf(text: string): BenchEra {
  if (text !== 'modern' && text !== 'legacy') throw new Error(`era \`${text}\` is neither modern nor legacy`)
  return text
}

function countOf(text: string): number {
  const count = Number(text)
  if (!Number.isInteger(count) || count < 1) throw new Error(`\`${text}\` is not a positive whole number`)
  return count
}
