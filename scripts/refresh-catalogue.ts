/**
 * `npm run catalogue:refresh [-- slug …]`: installs the servers of `data/servers/sources.yaml` from npm, one at a time in
 * a temporary folder without running their install scripts, looks at each with the catalogue's own scan, and writes
 * `data/servers/<slug>.json`. A server of a new version keeps, as a step of its history, what has become of the old one.
 * With `--history N`: looks at earlier releases instead, until N steps are known; nothing that is known is lost.
 * With `--looks FOLDER`: looks are kept there and not taken twice. What cannot be seen is named; exit 1.
 */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { classifiedText } from './catalogue-file.ts'
import { type Filled, filledHistory, historyAfter } from './catalogue-history.ts'
import { fileOf, readSources, recordOf, type Source } from './catalogue-sources.ts'
import { looking } from './kept-looks.ts'
import type { Look } from './server-look.ts'

const { values, positionals } = parseArgs({
  options: { history: { type: 'string' }, looks: { type: 'string' } },
  allowPositionals: true,
})
const count = values.history === undefined ? undefined : Number(values.history)
if (count !== undefined && !(Number.isInteger(count) && count > 0))
  throw new Error('`--history` takes a number of steps, at least 1')
const taken = looking(values.looks)
const failed: string[] = []

for (const source of readSources(positionals)) {
  const problems = await (count === undefined ? refresh(source) : fill(source, count)).catch(error => [reasonOf(error)])
  failed.push(...problems.map(problem => `${source.slug}: ${problem}`))
}
process.stdout.write(failed.length === 0 ? 'everything was seen\n' : `not seen:\n${failed.join('\n')}\n`)
process.exit(failed.length === 0 ? 0 : 1)

async function refresh(source: Source): Promise<readonly string[]> {
  const look = await taken.look(source, source.version)
  const before = recordOf(source)
  const history = before === undefined ? [] : await historyAfter(before, source, look, taken)
  const text = await classifiedText({ ...record(source, look), ...(history.length === 0 ? {} : { history }) })
  writeFileSync(fileOf(source), text)
  process.stdout.write(`${source.slug}: ${look.tools.length} tools, MCP ${look.protocolVersion}\n`)
  return []
}

async function fill(source: Source, steps: number): Promise<readonly string[]> {
  const before = recordOf(source)
  if (before?.['version'] !== source.version) return [`its file is not of ${source.version}: refresh it first`]
  const { history, notSeen }: Filled = await filledHistory(before, source, steps, taken)
  if (history.length > 0) writeFileSync(fileOf(source), await classifiedText({ ...before, history }))
  const way = [source.version, ...history.map(({ from }) => from)].join(' ← ')
  process.stdout.write(`${source.slug}: ${way}${history.length === 0 ? ', nothing earlier' : ''}\n`)
  return notSeen
}

function record(source: Source, look: Look): Record<string, unknown> {
  const { slug, title, package: name, version, args = [], env = {} } = source
  const { manifest, day, protocolVersion, era, capabilities, resources, notes, tools, prompts, instructions } = look
  const repository = typeof manifest.repository === 'object' ? manifest.repository.url : manifest.repository
  return {
    slug,
    title,
    ...(manifest.description === undefined ? {} : { description: manifest.description }),
    package: name,
    version,
    ...(manifest.mcpName === undefined ? {} : { registryName: manifest.mcpName }),
    ...(repository === undefined ? {} : { repository }),
    ...(manifest.license === undefined ? {} : { licence: manifest.license }),
    start: { command: 'npx', args: ['-y', `${name}@${version}`, ...args], env },
    scannedAt: day,
    ...{ protocolVersion, era, capabilities, resources },
    ...(notes.length === 0 ? {} : { notes }),
    ...{ tools, prompts },
    ...(instructions === undefined ? {} : { instructions }),
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
}
