/**
 * From what a client is configured with to what can be started or reached here. An entry that needs something only the
 * client or a person can give is refused with its name; nothing is started with half of its configuration.
 */
import { dirname, isAbsolute, join } from 'node:path'
import { parseEnv } from 'node:util'
import { accepted, type Result, refused } from '../../errors.ts'
import type { UpstreamEntry } from '../../upstream/upstream.ts'
import type { Json } from '../../wire/json-types.ts'
import { isPrivateHost } from './network.ts'
import type { ConfiguredServer } from './read.ts'
import { expand, type VariableSource } from './variables.ts'

export interface EntrySource extends Pick<VariableSource, 'env' | 'home'> {
  /** The text of an `envFile`; nothing when it cannot be read. Without it no such file is. */
  readonly readText?: (file: string) => string | undefined
}

/** The entry a configured server stands for. `env` is the environment variables are read from. */
export function entryOf(server: ConfiguredServer, source: EntrySource): Result<UpstreamEntry> {
  const { name } = server
  const refuseIt = (reason: string) => refused('ERR_CLIENT_SERVER', { server: name, reason })
  const filler = fillerFor(server, source)
  const made = server.command === undefined ? addressEntry(server, filler) : commandEntry(server, filler, source)
  if (typeof made === 'string') return refuseIt(made)
  if (filler.missing.size > 0) return refuseIt(`nothing here gives ${[...filler.missing].join(', ')} a value`)
  return accepted(made)
}

interface Filler {
  readonly missing: ReadonlySet<string>
  /** The folder relative places of the entry are in. */
  readonly folder: string
  fill(text: string): string
  fillAll(record: Readonly<Record<string, string>>): Record<string, string>
}

function fillerFor(server: ConfiguredServer, source: EntrySource): Filler {
  const missing = new Set<string>()
  const folder = server.project ?? folderOf(server)
  const isOfProject = server.scope === 'project' || server.scope === 'local'
  const fill = (text: string): string => {
    const expansion = expand(text, { ...source, ...(isOfProject ? { folder } : {}) })
    for (const name of expansion.missing) missing.add(name)
    return expansion.text
  }
  const fillAll = (record: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(record).map(([key, value]) => [key, fill(value)]))
  return { missing, folder, fill, fillAll }
}

/** The entry, or the reason why there is none. */
function commandEntry(server: ConfiguredServer, filler: Filler, source: EntrySource): UpstreamEntry | string {
  const { entry, name, command = '', args, env, scope } = server
  const { fill, fillAll, folder } = filler
  if (!isListOfTexts(entry['args'])) return 'its `args` are not a list of texts'
  if (!isTableOfTexts(entry['env'])) return 'its `env` is not a table of texts'
  const filed = server.envFile === undefined ? {} : fromFile(inFolder(folder, fill(server.envFile)), source)
  if (typeof filed === 'string') return filed
  // clients start a person's servers wherever they are themselves
  const own = scope === 'project' || scope === 'local' ? folder : undefined
  const cwd = server.cwd === undefined ? own : inFolder(folder, fill(server.cwd))
  return {
    name,
    kind: 'stdio',
    command: fill(command),
    args: args.map(fill),
    env: { ...filed, ...fillAll(env) },
    ...(cwd === undefined ? {} : { cwd }),
  }
}

function fromFile(file: string, { readText }: EntrySource): Record<string, string> | string {
  const text = readText?.(file)
  return text === undefined ? `its \`envFile\` ${file} cannot be read` : (parseEnv(text) as Record<string, string>)
}

/** The entry, or the reason why there is none. */
function addressEntry(server: ConfiguredServer, { fill, fillAll }: Filler): UpstreamEntry | string {
  const { name, url: written, transport, headers } = server
  if (written === undefined) return 'it has neither a command nor an address'
  if (transport === 'ws') return 'WebSocket is no transport of MCP'
  const url = fill(written)
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) return 'its address is none of http or https'
  return { name, kind: 'http', url, headers: fillAll(headers), network: isPrivateHost(url) ? 'private' : 'public' }
}

/** Numbers and truth values are what a person meant as text. */
const isText = (value: Json): boolean => value !== null && typeof value !== 'object'

function isListOfTexts(value: Json | undefined): boolean {
  return value === undefined || value === null || (Array.isArray(value) && (value as readonly Json[]).every(isText))
}

function isTableOfTexts(value: Json | undefined): boolean {
  if (value === undefined || value === null) return true
  return typeof value === 'object' && !Array.isArray(value) && Object.values(value).every(isText)
}

const inFolder = (folder: string, file: string): string => (isAbsolute(file) ? file : join(folder, file))

/** A project's file lies in the project or in a folder of it that begins with a dot. */
function folderOf({ file, scope }: ConfiguredServer): string {
  const folder = dirname(file)
  return scope === 'project' && /[/\\]\.[a-z]+$/.test(folder) ? dirname(folder) : folder
}
