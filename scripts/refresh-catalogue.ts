/**
 * `npm run catalogue:refresh [-- slug …]`: installs the servers of `data/servers/sources.yaml` from npm, one at a time in
 * a temporary folder without running their install scripts, looks at each with the catalogue's own scan, and writes
 * `data/servers/<slug>.json`. A server that cannot be seen keeps the file it has; exit 1 names it.
 */
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { parse } from 'yaml'
import { introspect, type Scan } from '../src/catalogue/scan/introspect.ts'
import { systemClock } from '../src/clock.ts'
import { createUpstream } from '../src/upstream/upstream.ts'
import { classifiedText } from './catalogue-file.ts'

interface Source {
  readonly slug: string
  readonly title: string
  readonly package: string
  readonly version: string
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly bin?: string
}

interface Manifest {
  readonly description?: string
  readonly license?: string
  readonly mcpName?: string
  readonly bin?: string | Readonly<Record<string, string>>
  readonly repository?: string | { readonly url?: string }
}

const execute = promisify(execFile)
const root = new URL('../', import.meta.url).pathname
const folder = join(root, 'data/servers')
const sources = parse(readFileSync(join(folder, 'sources.yaml'), 'utf8')) as readonly Source[]
const asked = process.argv.slice(2)
const failed: string[] = []
const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

for (const source of sources.filter(({ slug }) => asked.length === 0 || asked.includes(slug))) {
  const place = mkdtempSync(join(tmpdir(), `catalogue-${source.slug}-`))
  try {
    const manifest = await install(source, place)
    const scan = await look(source, manifest, place)
    const file = join(folder, `${source.slug}.json`)
    writeFileSync(file, await classifiedText(record(source, manifest, scan, place, file)))
    process.stdout.write(`${source.slug}: ${scan.tools.length} tools, MCP ${scan.protocolVersion}\n`)
  } catch (error) {
    failed.push(source.slug)
    process.stdout.write(`${source.slug}: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}\n`)
  } finally {
    rmSync(place, { recursive: true, force: true, maxRetries: 5 })
  }
}
process.stdout.write(failed.length === 0 ? 'every server was seen\n' : `not seen: ${failed.join(', ')}\n`)
process.exit(failed.length === 0 ? 0 : 1)

async function install(source: Source, place: string): Promise<Manifest> {
  mkdirSync(join(place, 'data'))
  writeFileSync(join(place, 'package.json'), '{"private": true}\n')
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--omit=dev', '--loglevel=error']
  await execute('npm', ['install', ...options, `${source.package}@${source.version}`], { cwd: place, timeout: 300_000 })
  const manifest = readFileSync(join(place, 'node_modules', source.package, 'package.json'), 'utf8')
  return JSON.parse(manifest) as Manifest
}

async function look(source: Source, manifest: Manifest, place: string): Promise<Scan> {
  const names = typeof manifest.bin === 'object' ? Object.entries(manifest.bin) : [['', manifest.bin ?? '']]
  const program = (names.find(([name]) => name === source.bin) ?? names[0])?.[1]
  if (program === undefined || program === '') throw new Error('the package has no program')
  const fill = (text: string) =>
    text.replaceAll('{dir}', join(place, 'data')).replaceAll('{file}', join(place, 'data', 'file'))
  if (JSON.stringify(source).includes('{file}')) writeFileSync(join(place, 'data', 'file'), '')
  const env = Object.fromEntries(Object.entries(source.env ?? {}).map(([name, value]) => [name, fill(value)]))
  const entry = {
    name: source.slug,
    kind: 'stdio',
    command: process.execPath,
    args: [join(place, 'node_modules', source.package, program), ...(source.args ?? []).map(fill)],
    env: { ...env, HOME: join(place, 'data') },
    secrets: [],
    cwd: join(place, 'data'),
  } as const
  const upstream = createUpstream(entry, { clock: systemClock, log: quiet, name: 'sallyport', version: '0' })
  try {
    const scan = await introspect(upstream, { version: '0' })
    if (!scan.ok) throw new Error(scan.refusal.message)
    return scan.value
  } finally {
    await upstream.stop()
  }
}

/** What some servers find on the machine and put into their texts: its mounted and home folders. */
function withoutMachine(text: string): string {
  const roots = ['/mnt', '/media', '/home'].filter(existsSync)
  const found = roots.flatMap(folder => readdirSync(folder).map(name => ({ path: `${folder}/${name}`, name })))
  return found.reduce(
    (all, { path, name }) => all.replaceAll(path, '{dir}').replaceAll(`older: ${name}`, 'older: {dir}'),
    text,
  )
}

/** Places of the machine are not the server's words: they are written as `{dir}`. */
function record(source: Source, manifest: Manifest, scan: Scan, place: string, file: string): Record<string, unknown> {
  const { slug, title, package: name, version, args = [], env = {} } = source
  const repository = typeof manifest.repository === 'object' ? manifest.repository.url : manifest.repository
  const text = JSON.stringify({ tools: scan.tools, prompts: scan.prompts, instructions: scan.instructions })
  const clean = JSON.parse(
    withoutMachine(text.replaceAll(join(place, 'data'), '{dir}').replaceAll(place, '{dir}')),
  ) as object
  const before = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { history?: unknown }) : {}
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
    scannedAt: new Date(systemClock.wallMs()).toISOString().slice(0, 10),
    protocolVersion: scan.protocolVersion,
    era: scan.era,
    capabilities: Object.keys(scan.capabilities),
    resources: scan.resources.length + scan.resourceTemplates.length,
    ...(scan.notes.length === 0 ? {} : { notes: scan.notes }),
    ...clean,
    ...(before.history === undefined ? {} : { history: before.history }),
  }
}
