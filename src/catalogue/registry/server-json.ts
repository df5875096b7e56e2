/**
 * The official registry's description of a server (`server.json`, schema 2025-12-11 and the camelCase ones before it),
 * read for what is needed to look at the server. An argument vector is built, never a shell line, as the schema asks.
 * Only npm packages and remotes can be started here; what else a server offers is named.
 */
import { z } from 'zod'
import { accepted, type Result, refused } from '../../errors.ts'
import type { UpstreamEntry } from '../../upstream/upstream.ts'
import { isPrivateHost } from '../clients/network.ts'

const text = z.string().max(4_096)
const input = z.object({
  name: text.optional(),
  value: text.optional(),
  default: text.optional(),
  isRequired: z.boolean().optional(),
  isSecret: z.boolean().optional(),
})
const argument = input.extend({ type: z.enum(['positional', 'named']).optional(), valueHint: text.optional() })
const transport = z.object({ type: text, url: text.optional(), headers: z.array(input).max(100).optional() })
const packageShape = z.object({
  registryType: text,
  identifier: text,
  version: text.optional(),
  runtimeArguments: z.array(argument).max(100).optional(),
  packageArguments: z.array(argument).max(100).optional(),
  environmentVariables: z.array(input).max(200).optional(),
  transport: transport.optional(),
})

/** What is read of a `server.json`; members beyond these are the registry's own matter. */
export const serverJsonShape = z.object({
  name: z.string().regex(/^[a-zA-Z0-9.-]+\/[a-zA-Z0-9._-]+$/),
  title: text.optional(),
  description: text,
  version: text,
  repository: z.object({ url: text.optional() }).optional(),
  packages: z.array(packageShape).max(50).optional(),
  remotes: z.array(transport).max(50).optional(),
})

export type ServerJson = z.infer<typeof serverJsonShape>

/** The server as something that can be looked at. `env` fills what it asks for; a required value that is missing refuses. */
export function entryFromRegistry(
  server: ServerJson,
  env: Readonly<Record<string, string | undefined>>,
): Result<UpstreamEntry> {
  const npm = server.packages?.find(
    each => each.registryType === 'npm' && (each.transport?.type ?? 'stdio') === 'stdio',
  )
  if (npm !== undefined) return npmEntry(server, npm, env)
  const remote = server.remotes?.find(each => each.url !== undefined)
  if (remote?.url !== undefined) return remoteEntry(server, remote.url, remote.headers ?? [], env)
  const kinds = server.packages?.map(each => each.registryType).join(', ') || 'nothing'
  return refused('ERR_CLIENT_SERVER', {
    server: server.name,
    reason: `it comes as ${kinds}; packages of npm and remote addresses can be looked at`,
  })
}

type Env = Readonly<Record<string, string | undefined>>
type Input = z.infer<typeof input>

function npmEntry(server: ServerJson, npm: z.infer<typeof packageShape>, env: Env): Result<UpstreamEntry> {
  if (!/^(@[a-z0-9._~-]+\/)?[a-z0-9._~-]+$/i.test(npm.identifier)) {
    return refused('ERR_CLIENT_SERVER', { server: server.name, reason: `\`${npm.identifier}\` is no npm package` })
  }
  const missing: string[] = []
  const given = (each: Input): string | undefined => {
    const value = each.value ?? (each.name === undefined ? undefined : env[each.name]) ?? each.default
    if (value === undefined && each.isRequired === true) missing.push(each.name ?? 'an argument')
    return value
  }
  const words = (list: readonly z.infer<typeof argument>[] = []) =>
    list.flatMap(each => {
      const value = given(each)
      if (each.type === 'named' && each.name !== undefined)
        return value === undefined ? [] : [each.name, value].filter(word => word !== '')
      return value === undefined ? [] : [value]
    })
  const version = npm.version === undefined ? '' : `@${npm.version}`
  const args = ['-y', ...words(npm.runtimeArguments), `${npm.identifier}${version}`, ...words(npm.packageArguments)]
  const named = (npm.environmentVariables ?? []).flatMap(each => {
    const value = given(each)
    return each.name === undefined || value === undefined ? [] : [[each.name, value] as const]
  })
  if (missing.length > 0) return missingValues(server, missing)
  return accepted({ name: server.name, kind: 'stdio', command: 'npx', args, env: Object.fromEntries(named) })
}

function remoteEntry(server: ServerJson, url: string, headers: readonly Input[], env: Env): Result<UpstreamEntry> {
  if (url.includes('{')) return missingValues(server, url.match(/\{[^}]*\}/g) ?? [url])
  const missing = headers.filter(
    ({ isRequired, value, name = '' }) => isRequired === true && (value ?? env[name]) === undefined,
  )
  if (missing.length > 0)
    return missingValues(
      server,
      missing.map(({ name }) => `the header ${name ?? ''}`),
    )
  const filled = headers.flatMap(({ name, value }) => {
    const text = value ?? (name === undefined ? undefined : env[name])
    return name === undefined || text === undefined ? [] : [[name, text] as const]
  })
  const network = isPrivateHost(url) ? 'private' : 'public'
  return accepted({ name: server.name, kind: 'http', url, headers: Object.fromEntries(filled), network })
}

function missingValues({ name }: ServerJson, missing: readonly string[]): Result<UpstreamEntry> {
  return refused('ERR_CLIENT_SERVER', {
    server: name,
    reason: `it asks for ${missing.join(', ')}; set it in the environment`,
  })
}
