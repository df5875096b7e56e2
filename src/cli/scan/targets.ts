/**
 * What a person names to be looked at, as servers that can be started or reached: an address, a command after `--`, a
 * client's configuration, a `server.json` or page of a registry in a file, or a name to ask a registry for. What cannot
 * be looked at stays in the list with the reason.
 */
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, dirname, extname, isAbsolute, join, resolve } from 'node:path'
import { entryOf } from '../../catalogue/clients/entry.ts'
import { type ConfigPlace, configPlaces, type Surroundings } from '../../catalogue/clients/kinds.ts'
import { isPrivateHost } from '../../catalogue/clients/network.ts'
import { type ConfiguredServer, readServers } from '../../catalogue/clients/read.ts'
import { askRegistry, readRegistryText } from '../../catalogue/registry/registry.ts'
import { entryFromRegistry, type ServerJson } from '../../catalogue/registry/server-json.ts'
import { accepted, type Result } from '../../errors.ts'
import type { UpstreamEntry } from '../../upstream/upstream.ts'
import { stop, stopWith } from '../shell/exits.ts'
import { readTextFile } from '../shell/files.ts'
import { readNamedText } from './config-files.ts'
import { fetchText } from './fetch.ts'

/** One server to look at. */
export interface ScanTarget {
  readonly name: string
  readonly entry: Result<UpstreamEntry>
  /** The client's entry it was found in. */
  readonly configured?: ConfiguredServer
  readonly registry?: ServerJson
  /** Its name in a registry, where one is known. */
  readonly registryName?: string
}

export interface TargetOptions {
  readonly header: Readonly<Record<string, string>>
  readonly env: Readonly<Record<string, string>>
  /** Address or file of the registry that names are looked up in. */
  readonly registry: string
}

export const officialRegistry = 'https://registry.modelcontextprotocol.io'

/** Where this machine keeps things. */
export function surroundings(env: Surroundings['env']): Surroundings {
  const given = env['HOME'] ?? ''
  const home = isAbsolute(given) ? given : homedir()
  return { home, project: projectOf(process.cwd(), home), platform: process.platform, env }
}

/** What makes a folder the project one is in: a file of a client, or a repository. */
const projectMarks = ['.mcp.json', '.cursor/mcp.json', '.vscode/mcp.json', '.gemini/settings.json', '.git']

/** The nearest folder around `folder` that is a project, itself included; else `folder`. The home folder is none. */
export function projectOf(folder: string, home: string): string {
  for (let at = folder; at !== home; at = dirname(at)) {
    if (projectMarks.some(mark => existsSync(join(at, mark)))) return at
    if (at === dirname(at)) break
  }
  return folder
}

/** A command line given after `--`. It was typed by the person: what it runs is what they see. */
export function commandTarget(words: readonly string[], options: TargetOptions): ScanTarget {
  const [command = '', ...args] = words
  const name = basename(args.findLast(word => !word.startsWith('-')) ?? command).slice(0, 64)
  return { name, entry: accepted({ name, kind: 'stdio', command, args, env: options.env }) }
}

/** The servers `target` stands for. A usage `Stop` when it is none of the things that can be named. */
export async function targetsOf(
  target: string,
  options: TargetOptions,
  where: Surroundings,
): Promise<readonly ScanTarget[]> {
  if (/^https?:\/\//i.test(target)) return [addressTarget(target, options)]
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(target))
    throw stop('ERR_CLI_USAGE', { reason: `\`${target}\` is no address of http or https` }, 'MCP is spoken over these')
  if (existsSync(target)) return fileTargets(target, options, where)
  if (target.includes('/') && !target.startsWith('.') && !target.startsWith('/'))
    return await registryTargets(target, options, where)
  throw stop(
    'ERR_CLI_FILE',
    { file: target, reason: 'there is no such file' },
    'name an address, a client configuration, a server.json, a registry name such as io.github.owner/server, or a command after --',
  )
}

function addressTarget(url: string, options: TargetOptions): ScanTarget {
  if (!URL.canParse(url)) throw stop('ERR_CLI_USAGE', { reason: `\`${url}\` is not an address` })
  const name = new URL(url).host
  const network = isPrivateHost(url) ? 'private' : 'public'
  return { name, entry: accepted({ name, kind: 'http', url, headers: options.header, network }) }
}

function fileTargets(file: string, options: TargetOptions, where: Surroundings): readonly ScanTarget[] {
  const text = readTextFile(file)
  const places = placesOf(resolve(file), where)
  const read = places.map(place => readServers(place, text))
  const servers = read.flatMap(each => (each.ok ? each.value : []))
  if (servers.length > 0) return servers.map(configured => configuredTarget(configured, options, where))
  const registry = extname(file) === '.toml' ? undefined : readRegistryText(text)
  if (registry?.ok) return registry.value.servers.map(server => registryTarget(server, options, where))
  const problem = read.find(each => !each.ok)
  if (problem !== undefined && !problem.ok) throw stopWith(problem.refusal)
  throw stop(
    'ERR_CLI_FILE',
    { file, reason: 'no servers are configured in it' },
    'name a client configuration or a server.json',
  )
}

/** How a file is read: as the client's whose file it is, else by the members such files have. */
export function placesOf(file: string, where: Surroundings): readonly ConfigPlace[] {
  const known = configPlaces(where).filter(place => place.file === file)
  if (known.length > 0) return known
  const place = (client: ConfigPlace['client'], at: readonly string[], format: ConfigPlace['format']): ConfigPlace => ({
    client,
    file,
    scope: 'project',
    format,
    at,
  })
  if (extname(file) === '.toml') return [place('codex', ['mcp_servers'], 'toml')]
  const usual = place('claude-code', ['mcpServers'], 'jsonc')
  const local: ConfigPlace = { ...place('claude-code', ['projects', '*', 'mcpServers'], 'jsonc'), scope: 'local' }
  return [usual, place('vscode', ['servers'], 'jsonc'), local]
}

/** A configured server as something to look at. */
function configuredTarget(configured: ConfiguredServer, options: TargetOptions, where: Surroundings): ScanTarget {
  const env = { ...where.env, ...options.env }
  return {
    name: configured.name,
    configured,
    entry: entryOf(configured, { env, home: where.home, readText: readNamedText }),
  }
}

async function registryTargets(
  name: string,
  options: TargetOptions,
  where: Surroundings,
): Promise<readonly ScanTarget[]> {
  const listing = existsSync(options.registry)
    ? readRegistryText(readTextFile(options.registry))
    : await askRegistry(options.registry, name, fetchText)
  if (!listing.ok) throw stopWith(listing.refusal)
  const found = listing.value.servers.filter(server => server.name === name)
  if (found.length === 0)
    throw stop('ERR_CLI_FILE', { file: name, reason: 'neither a file nor a server of the registry' })
  return found.slice(0, 1).map(server => registryTarget(server, options, where))
}

function registryTarget(registry: ServerJson, options: TargetOptions, where: Surroundings): ScanTarget {
  const env = { ...where.env, ...options.env }
  return { name: registry.name, registry, entry: entryFromRegistry(registry, env) }
}
