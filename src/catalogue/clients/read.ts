/**
 * The servers a client is configured with. Everything is kept as it is written: commands untruncated, variables such as
 * `${TOKEN}` unexpanded. An entry that is neither a command nor an address is reported, not guessed.
 */
import { accepted, type Result } from '../../errors.ts'
import { isJsonObject, type Json, type JsonObject } from '../../wire/json-types.ts'
import type { ClientKind, ConfigPlace, Scope } from './kinds.ts'
import { readSource } from './source.ts'

/** One server as a client starts or reaches it. */
export interface ConfiguredServer {
  readonly client: ClientKind
  readonly file: string
  readonly scope: Scope
  /** The project a `local` entry is for. */
  readonly project?: string
  readonly name: string
  /** `unknown`: the entry has neither a command nor an address. */
  readonly transport: 'stdio' | 'http' | 'sse' | 'ws' | 'unknown'
  readonly command?: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** The folder it is started in, where the entry says so. */
  readonly cwd?: string
  /** A file with more of its environment. */
  readonly envFile?: string
  readonly url?: string
  readonly headers: Readonly<Record<string, string>>
  readonly isDisabled: boolean
  /** Members from the root of the file to the entry. */
  readonly at: readonly string[]
  readonly entry: JsonObject
}

/** Every server at a place. Members that are no objects are passed over: a client does not start them either. */
export function readServers(place: ConfigPlace, text: string): Result<readonly ConfiguredServer[]> {
  const source = readSource(place.format, place.file, text)
  if (!source.ok) return source
  return accepted(
    tablesAt(source.value, place.at).flatMap(({ table, at }) =>
      Object.entries(table).flatMap(([name, entry]) =>
        isJsonObject(entry) ? [serverOf(place, [...at, name], name, entry)] : [],
      ),
    ),
  )
}

interface Table {
  readonly table: JsonObject
  readonly at: readonly string[]
}

/** The objects at a path in which `*` stands for each member. */
function tablesAt(root: Json, path: readonly string[]): readonly Table[] {
  let found: readonly Table[] = isJsonObject(root) ? [{ table: root, at: [] }] : []
  for (const part of path) {
    found = found.flatMap(({ table, at }) => {
      const names = part === '*' ? Object.keys(table) : Object.hasOwn(table, part) ? [part] : []
      return names.flatMap(name => {
        const inner = table[name]
        return inner !== undefined && isJsonObject(inner) ? [{ table: inner, at: [...at, name] }] : []
      })
    })
  }
  return found
}

function serverOf(place: ConfigPlace, at: readonly string[], name: string, entry: JsonObject): ConfiguredServer {
  const { client, file, scope } = place
  const command = textOf(entry, 'command')
  const address = command === undefined ? addressOf(entry) : undefined
  const project = scope === 'local' ? at[1] : undefined
  const [cwd, envFile] = [textOf(entry, 'cwd'), textOf(entry, 'envFile')]
  return {
    client,
    file,
    scope,
    ...(project === undefined ? {} : { project }),
    name,
    transport: command !== undefined ? 'stdio' : (address?.transport ?? 'unknown'),
    ...(command === undefined ? {} : { command }),
    args: textsOf(entry['args']),
    env: environmentOf(entry),
    ...(cwd === undefined ? {} : { cwd }),
    ...(envFile === undefined ? {} : { envFile }),
    ...(address === undefined ? {} : { url: address.url }),
    headers: headersOf(entry),
    isDisabled: entry['disabled'] === true || entry['enabled'] === false,
    at,
    entry,
  }
}

/** Codex lists variables it passes on when they are set: kept as references that may stay empty. */
function environmentOf(entry: JsonObject): Record<string, string> {
  const passed = textsOf(entry['env_vars']).map(name => [name, reference(`${name}:-`)])
  return { ...(Object.fromEntries(passed) as Record<string, string>), ...textMembers(entry['env']) }
}

/** Codex names variables of the environment for the values of headers: they are kept as references. */
function headersOf(entry: JsonObject): Record<string, string> {
  const named = Object.entries(textMembers(entry['env_http_headers'])).map(([key, name]) => [key, reference(name)])
  const bearer = textOf(entry, 'bearer_token_env_var')
  return {
    ...textMembers(entry['headers']),
    ...textMembers(entry['http_headers']),
    ...(Object.fromEntries(named) as Record<string, string>),
    ...(bearer === undefined ? {} : { Authorization: `Bearer ${reference(bearer)}` }),
  }
}

const reference = (name: string): string => `$\{${name}}`

type Address = { readonly url: string; readonly transport: 'http' | 'sse' | 'ws' }

/** `httpUrl` and `url` of Gemini CLI are streamable HTTP and HTTP+SSE; `serverUrl` is Windsurf's; elsewhere `type` says. */
function addressOf(entry: JsonObject): Address | undefined {
  const streamable = textOf(entry, 'httpUrl')
  if (streamable !== undefined) return { url: streamable, transport: 'http' }
  const url = textOf(entry, 'url') ?? textOf(entry, 'serverUrl')
  if (url === undefined) return undefined
  const type = textOf(entry, 'type') ?? textOf(entry, 'transport')
  if (type === 'sse' || type === 'ws') return { url, transport: type }
  return { url, transport: /^wss?:/i.test(url) ? 'ws' : /\/sse\/?$/.test(url) ? 'sse' : 'http' }
}

function textOf(entry: JsonObject, key: string): string | undefined {
  const value = Object.hasOwn(entry, key) ? entry[key] : undefined
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** Numbers and truth values among arguments are what a person meant as text. */
function textsOf(value: Json | undefined): readonly string[] {
  if (!Array.isArray(value)) return []
  return (value as readonly Json[]).filter(item => item !== null && typeof item !== 'object').map(String)
}

function textMembers(value: Json | undefined): Record<string, string> {
  if (value === undefined || !isJsonObject(value)) return {}
  const scalars = Object.entries(value).filter(([, item]) => item !== null && typeof item !== 'object')
  return Object.fromEntries(scalars.map(([key, item]) => [key, String(item)]))
}
