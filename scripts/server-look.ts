/**
 * One look at one version of a server: its package installed from npm into a temporary folder without running install
 * scripts, started with dummy credentials, read with the catalogue's own scan. Throws when it cannot be seen.
 */
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { introspect, type Scan } from '../src/catalogue/scan/introspect.ts'
import { systemClock } from '../src/clock.ts'
import { createUpstream } from '../src/upstream/upstream.ts'
import type { JsonObject } from '../src/wire/json-types.ts'
import type { Source } from './catalogue-sources.ts'
import type { Release } from './earlier-releases.ts'

export interface Manifest {
  readonly description?: string
  readonly license?: string
  readonly mcpName?: string
  readonly bin?: string | Readonly<Record<string, string>>
  readonly repository?: string | { readonly url?: string }
}

/** What a server said, with `{dir}` for places of the machine. */
export interface Look extends Pick<Scan, 'protocolVersion' | 'era' | 'instructions' | 'notes'> {
  readonly manifest: Manifest
  /** `YYYY-MM-DD`. */
  readonly day: string
  readonly tools: readonly JsonObject[]
  readonly prompts: readonly JsonObject[]
  readonly capabilities: readonly string[]
  /** Resources and templates. */
  readonly resources: number
}

const execute = promisify(execFile)
const installMs = 300_000
const askMs = 60_000
const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

/** Looks at this version. */
export async function lookAt(source: Source, version: string): Promise<Look> {
  const place = mkdtempSync(join(tmpdir(), `catalogue-${source.slug}-`))
  try {
    const manifest = await install(source, version, place)
    return lookOf(manifest, await scan(source, manifest, place), place)
  } finally {
    rmSync(place, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** Every release of the package, as the registry lists them. */
export async function releasesOf(name: string): Promise<readonly Release[]> {
  const ask = async (...words: string[]): Promise<unknown> => {
    const { stdout } = await execute('npm', ['view', ...words, '--json', '--loglevel=error'], { timeout: askMs })
    return JSON.parse(stdout)
  }
  // several versions that have one field each are listed plainly, and a single one stands alone
  const versions = [await ask(`${name}@>=0.0.0-0`, 'version', 'deprecated')].flat()
  const days = (await ask(name, 'time')) as Readonly<Record<string, string>> | { readonly time: Record<string, string> }
  const dayOf = new Map(Object.entries('time' in days && typeof days.time === 'object' ? days.time : days))
  return versions.map(each => {
    const { version, deprecated } = typeof each === 'string' ? { version: each } : (each as ListedVersion)
    const day = dayOf.get(version)?.slice(0, 10)
    return { version, deprecated: deprecated !== undefined, ...(day === undefined ? {} : { day }) }
  })
}

interface ListedVersion {
  readonly version: string
  readonly deprecated?: string
}

async function install(source: Source, version: string, place: string): Promise<Manifest> {
  mkdirSync(join(place, 'data'))
  writeFileSync(join(place, 'package.json'), '{"private": true}\n')
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--omit=dev', '--loglevel=error']
  const wanted = `${source.package}@${version}`
  await execute('npm', ['install', ...options, wanted], { cwd: place, timeout: installMs })
  const manifest = readFileSync(join(place, 'node_modules', source.package, 'package.json'), 'utf8')
  return JSON.parse(manifest) as Manifest
}

async function scan(source: Source, manifest: Manifest, place: string): Promise<Scan> {
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
    const seen = await introspect(upstream, { version: '0' })
    if (!seen.ok) throw new Error(seen.refusal.message)
    return seen.value
  } finally {
    await upstream.stop()
  }
}

/** Places of the machine are not the server's words: they are written as `{dir}`. */
function lookOf(manifest: Manifest, seen: Scan, place: string): Look {
  const { tools, prompts, instructions, notes } = seen
  const said = { tools, prompts, ...(instructions === undefined ? {} : { instructions }), notes }
  const text = JSON.stringify(said).replaceAll(join(place, 'data'), '{dir}').replaceAll(place, '{dir}')
  return {
    manifest,
    day: new Date(systemClock.wallMs()).toISOString().slice(0, 10),
    protocolVersion: seen.protocolVersion,
    era: seen.era,
    capabilities: Object.keys(seen.capabilities),
    resources: seen.resources.length + seen.resourceTemplates.length,
    ...(JSON.parse(withoutMachine(text)) as typeof said),
  }
}

/** What some servers find on the machine and put into their texts: its mounted and home folders, this repository. */
function withoutMachine(text: string): string {
  const roots = ['/mnt', '/media', '/home'].filter(existsSync)
  const found = roots.flatMap(folder => readdirSync(folder).map(name => ({ path: `${folder}/${name}`, name })))
  const own = new URL('..', import.meta.url).pathname.replace(/\/$/, '')
  return [...found, { path: own, name: own }].reduce(
    (all, { path, name }) => all.replaceAll(path, '{dir}').replaceAll(`older: ${name}`, 'older: {dir}'),
    text,
  )
}
