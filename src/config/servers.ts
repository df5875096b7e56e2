/** The `servers` of sallyport.yaml, of the host file, and of the API: either a `url` or a `command`. */
import { isAbsolute, resolve } from 'node:path'
import { nearest, pointer } from '../policy/problem.ts'
import { readChoice, readObject } from '../policy/shape.ts'
import { readTarget } from '../upstream/egress.ts'
import type { UpstreamEntry } from '../upstream/upstream.ts'
import type { Json, JsonObject } from '../wire/json-types.ts'
import { type ReadContext, readNamed, readOptionalText, readReferences, readTexts } from './context.ts'
import { isReference } from './env.ts'
import { serverNameProblem } from './names.ts'

export interface ServerDeclaration {
  readonly name: string
  readonly pin: 'review' | 'trust-first'
  readonly managedBy: 'file' | 'host' | 'api'
  /** With every reference resolved: holds secrets. */
  readonly entry: UpstreamEntry
}

export const httpServerKeys = ['url', 'headers', 'network', 'pin'] as const
export const stdioServerKeys = ['command', 'args', 'env', 'cwd', 'pin'] as const

/** Headers of the protocol and the connection: the gateway writes them itself. */
const ownHeaders =
  /^(mcp-.*|host|connection|content-.*|transfer-encoding|accept|accept-encoding|te|trailer|upgrade|keep-alive|expect|last-event-id)$/i
const secretHeaders = /^(authorization|proxy-authorization|cookie|.*(token|secret|password|api-?key|credential).*)$/i
const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/
const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/

/** Every server that can be read; problems go to the log. `folder`: what a relative `cwd` is relative to. */
export function readServers(
  context: ReadContext,
  value: Json | undefined,
  at: string,
  source: { readonly managedBy: ServerDeclaration['managedBy']; readonly folder: string },
): readonly ServerDeclaration[] {
  const servers: ServerDeclaration[] = []
  for (const [name, body] of Object.entries(readNamed(context, value, at))) {
    const where = pointer(at, name)
    const problem = serverNameProblem(name)
    if (problem !== undefined)
      context.log.error('bad-name', where, `\`${name.slice(0, 80)}\`: ${problem}`, 'choose another name', 'key')
    const server = readServer(context, name, body, where, source)
    if (server !== undefined && problem === undefined) servers.push(server)
  }
  return servers
}

function readServer(
  context: ReadContext,
  name: string,
  value: Json,
  at: string,
  source: { readonly managedBy: ServerDeclaration['managedBy']; readonly folder: string },
): ServerDeclaration | undefined {
  const { log } = context
  const object = readObject(log, value, at, keysFor(value))
  if (object === undefined) return undefined
  const pin =
    object['pin'] === undefined
      ? 'review'
      : readChoice(log, object['pin'], pointer(at, 'pin'), ['review', 'trust-first'])
  if ((object['url'] === undefined) === (object['command'] === undefined)) {
    // A slip of the pen in the key itself is one mistake and gets one message.
    if (!Object.keys(object).some(isSlip)) reportKind(context, name, object, at)
    return undefined
  }
  const entry =
    object['url'] === undefined
      ? readStdio(context, name, object, at, source.folder)
      : readHttp(context, name, object, at)
  return entry === undefined || pin === undefined ? undefined : { name, pin, managedBy: source.managedBy, entry }
}

function isSlip(key: string): boolean {
  const kinds = ['url', 'command']
  return !kinds.includes(key) && nearest(key, kinds) !== undefined
}

function reportKind({ log }: ReadContext, name: string, object: JsonObject, at: string): void {
  const wanted = object['url'] === undefined ? 'a `url` or a `command`' : 'either a `url` or a `command`, not both'
  const remedy = 'write `url: "https://…"`, or `command: npx` with `args: […]`'
  log.error('bad-server', at, `server \`${name}\` needs ${wanted}`, remedy, 'key')
}

/** A key of the other kind of server is unknown here; which kind it is shows from the key that makes it so. */
function keysFor(value: Json): readonly string[] {
  const has = (key: string) => typeof value === 'object' && value !== null && Object.hasOwn(value, key)
  if (has('url') === has('command')) return [...new Set([...httpServerKeys, ...stdioServerKeys])]
  return has('url') ? httpServerKeys : stdioServerKeys
}

function readHttp(context: ReadContext, name: string, object: JsonObject, at: string): UpstreamEntry | undefined {
  const { log } = context
  const url = readOptionalText(context, object, 'url', at)
  const network =
    object['network'] === undefined
      ? 'public'
      : readChoice(log, object['network'], pointer(at, 'network'), ['public', 'private'])
  const headers = readHeaders(context, object['headers'], pointer(at, 'headers'))
  if (url === undefined || network === undefined) return undefined
  const target = readTarget(url, { server: name, network })
  if (!target.ok) {
    log.error('bad-url', pointer(at, 'url'), target.refusal.message, urlRemedy(url))
    return undefined
  }
  return { kind: 'http', name, url: target.value.href, network, ...headers }
}

function urlRemedy(url: string): string {
  return /^https?:\/\/(localhost|127\.|10\.|192\.168\.|172\.|\[|[^./]+[:/])/i.test(url)
    ? 'a server on this machine or in a private network needs `network: private`'
    : 'write the https address of the server, without user name or password'
}

function readHeaders(context: ReadContext, value: Json | undefined, at: string) {
  const headers: Record<string, string> = {}
  const secrets: string[] = []
  const written = readNamed(context, value, at)
  for (const [header, resolved] of readReferences(context, value, at)) {
    const problem = headerProblem(header, resolved.value, written[header])
    if (problem !== undefined) context.log.error('bad-header', pointer(at, header), problem.message, problem.remedy)
    headers[header.toLowerCase()] = resolved.value
    if (resolved.secret !== undefined) secrets.push(resolved.secret)
  }
  return { headers, secrets }
}

function headerProblem(
  header: string,
  value: string,
  written: Json | undefined,
): { message: string; remedy: string } | undefined {
  if (!headerName.test(header))
    return {
      message: `\`${header.slice(0, 80)}\` is not the name of a header`,
      remedy: 'write a name such as `x-team`',
    }
  if (ownHeaders.test(header))
    return { message: `header \`${header}\` belongs to the protocol`, remedy: 'leave it out; the gateway writes it' }
  if (!/^[\x20-\x7e]*$/.test(value))
    return {
      message: `the value of header \`${header}\` holds characters a header cannot carry`,
      remedy: 'use visible ASCII',
    }
  if (secretHeaders.test(header) && typeof written === 'string' && !isReference(written))
    return {
      message: `header \`${header}\` looks like a secret and is written out`,
      remedy: `write \`${header}: "env:NAME"\`, or "Bearer env:NAME"; secrets are never in a file`,
    }
  return undefined
}

function readStdio(
  context: ReadContext,
  name: string,
  object: JsonObject,
  at: string,
  folder: string,
): UpstreamEntry | undefined {
  const command = readOptionalText(context, object, 'command', at)
  const args = readTexts(context, object, 'args', at)
  const cwd = readOptionalText(context, object, 'cwd', at)
  const env: Record<string, string> = {}
  const secrets: string[] = []
  const where = pointer(at, 'env')
  for (const [key, resolved] of readReferences(context, object['env'], where)) {
    if (!variableName.test(key))
      context.log.error(
        'bad-name',
        pointer(where, key),
        `\`${key.slice(0, 80)}\` is not the name of a variable`,
        'use letters, digits and `_`',
        'key',
      )
    env[key] = resolved.value
    if (resolved.secret !== undefined) secrets.push(resolved.secret)
  }
  if (command === undefined) return undefined
  const inFolder = cwd === undefined ? {} : { cwd: isAbsolute(cwd) ? cwd : resolve(folder, cwd) }
  return { kind: 'stdio', name, command, args, env, secrets, ...inFolder }
}
