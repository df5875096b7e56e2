/**
 * `sallyport.yaml` (and the host file beside the data) as one checked whole: every reference resolved, every policy
 * loaded, every name known; or the list of everything that is wrong, each with file, line, column and a remedy. Never
 * half: a configuration with one error is refused whole, and the one in force stays.
 */
import { dirname } from 'node:path'
import type { ReadContext } from './config/context.ts'
import type { Environment } from './config/env.ts'
import { fileMissing } from './config/files.ts'
import { readGrants } from './config/grants.ts'
import { type HttpSettings, noHttpSettings, readHttp } from './config/http.ts'
import { type PolicyDeclaration, type PolicyFile, type ReadFile, readPolicies } from './config/policies.ts'
import { readServers, type ServerDeclaration } from './config/servers.ts'
import type { FileGrant } from './identity/grants.ts'
import { limits } from './limits.ts'
import { type Place, type Problem, ProblemLog, pointer } from './policy/problem.ts'
import { readObject } from './policy/shape.ts'
import { readSource } from './policy/source.ts'
import { canonicalJson, sha256Hex } from './wire/canonical.ts'
import { isJsonObject, type Json } from './wire/json-types.ts'
import { showInvisible } from './wire/names.ts'

export interface ConfigProblem extends Problem {
  readonly file: string
}

export interface Config {
  readonly file?: string
  /** First 12 hex digits of SHA-256 over every text it was read from; records name it. */
  readonly revision: string
  readonly servers: readonly ServerDeclaration[]
  readonly policies: readonly PolicyDeclaration[]
  readonly grants: readonly FileGrant[]
  readonly http: HttpSettings
  /** Every file whose change means reading again. */
  readonly files: readonly string[]
  readonly warnings: readonly ConfigProblem[]
}

export type ConfigRead =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[]; readonly files: readonly string[] }

export interface ConfigInput {
  /** sallyport.yaml; absent: nothing is declared. */
  readonly file?: string
  /** The host file of the data folder (`servers.yaml`); need not exist. */
  readonly hostFile?: string
  readonly env: Environment
  readonly readFile: ReadFile
  /** Names that exist without the files: made through the API. */
  readonly known?: { readonly servers: Iterable<string>; readonly policies: Iterable<string> }
}

/** Top-level keys of sallyport.yaml. */
export const configKeys = ['$schema', 'servers', 'policies', 'grants', 'http'] as const

/** Reads everything, and everything again at each change: there is no other way into the configuration. */
export function readConfig(input: ConfigInput): ConfigRead {
  const host = readHostFile(input)
  const main = readMainFile(input, host.servers)
  const problems = [...host.problems, ...main.problems]
  const files = [input.file, input.hostFile, ...main.policyFiles.map(policy => policy.file)].filter(
    file => file !== undefined,
  )
  if (problems.some(problem => problem.severity === 'error')) return { ok: false, problems, files }
  const texts = [host.text ?? null, main.text ?? null, ...main.policyFiles.map(policy => policy.text ?? null)]
  const config: Config = {
    revision: sha256Hex(canonicalJson(texts)).slice(0, 12),
    servers: [...main.servers, ...host.servers],
    policies: main.policies,
    grants: main.grants,
    http: main.http,
    files,
    warnings: problems,
    ...(input.file === undefined ? {} : { file: input.file }),
  }
  return { ok: true, config }
}

interface HostRead {
  readonly text?: string
  readonly servers: readonly ServerDeclaration[]
  readonly problems: readonly ConfigProblem[]
}

function readHostFile({ hostFile, env, readFile }: ConfigInput): HostRead {
  if (hostFile === undefined) return { servers: [], problems: [] }
  const read = readFile(hostFile)
  if (!read.ok)
    return read.reason === fileMissing
      ? { servers: [], problems: [] }
      : { servers: [], problems: [unreadable(hostFile, read.reason)] }
  const log = new ProblemLog()
  const source = readSource(read.text, log)
  const root = log.hasErrors ? undefined : readObject(log, source.value ?? {}, '', ['servers'])
  const servers = readServers({ log, env }, root?.['servers'], '/servers', {
    managedBy: 'host',
    folder: dirname(hostFile),
  })
  return { text: read.text, servers, problems: placed(log, hostFile, source.place) }
}

interface MainRead extends Pick<Config, 'servers' | 'policies' | 'grants' | 'http'> {
  readonly text?: string
  readonly policyFiles: readonly PolicyFile[]
  readonly problems: readonly ConfigProblem[]
}

const nothing: MainRead = { servers: [], policies: [], grants: [], http: noHttpSettings, policyFiles: [], problems: [] }

function readMainFile(input: ConfigInput, hostServers: readonly ServerDeclaration[]): MainRead {
  const { file, env, readFile } = input
  if (file === undefined) return nothing
  const read = readFile(file)
  if (!read.ok) return { ...nothing, problems: [unreadable(file, read.reason)] }
  const log = new ProblemLog()
  const source = readSource(read.text, log)
  const root = log.hasErrors ? undefined : readObject(log, source.value, '', configKeys)
  if (root === undefined) return { ...nothing, problems: placed(log, file, source.place) }
  const context: ReadContext = { log, env }
  const folder = dirname(file)
  const servers = readServers(context, root['servers'], '/servers', { managedBy: 'file', folder })
  for (const { name } of hostServers)
    if (servers.some(server => server.name === name))
      log.error(
        'name-taken',
        pointer('/servers', name),
        `server \`${name}\` is also in \`${input.hostFile}\``,
        'remove one of the two, or rename this one',
        'key',
      )
  const { policies, files } = readPolicies(context, root['policies'], '/policies', { folder, readFile })
  const grants = readGrants(context, root['grants'], '/grants', {
    // Names that stand there count even when what they name has a problem of its own: one mistake, one message.
    servers: new Set([
      ...namesIn(root['servers']),
      ...hostServers.map(server => server.name),
      ...(input.known?.servers ?? []),
    ]),
    policies: new Set([...namesIn(root['policies']), ...(input.known?.policies ?? [])]),
  })
  const http = readHttp(context, root['http'], '/http')
  const problems = [
    ...placed(log, file, source.place),
    ...files.flatMap(policy => policy.problems.map(problem => ({ ...problem, file: policy.file }))),
  ]
  return { text: read.text, servers, policies, grants, http, policyFiles: files, problems }
}

function namesIn(value: Json | undefined): readonly string[] {
  return isJsonObject(value) ? Object.keys(value) : []
}

function placed(log: ProblemLog, file: string, place: Place): readonly ConfigProblem[] {
  return log.list(place).map(problem => ({ ...problem, file }))
}

function unreadable(file: string, reason: string): ConfigProblem {
  return {
    file,
    severity: 'error',
    code: 'unreadable',
    path: '',
    message: `the file cannot be read: ${reason}`,
    remedy: 'check the path and its permissions',
  }
}

/** `file:line:column: message; remedy`, one line each, nothing hidden in it. */
export function describeProblems(problems: readonly ConfigProblem[]): string {
  const shown = problems.filter(problem => problem.severity === 'error').slice(0, limits.problemsShownMax)
  const lines = shown.map(({ file, line, column, message, remedy }) => {
    const place = [file, line, column].filter(part => part !== undefined).join(':')
    return showInvisible(`  ${place}: ${message}; ${remedy}`)
  })
  const more = problems.filter(problem => problem.severity === 'error').length - shown.length
  return more > 0 ? `${lines.join('\n')}\n  and ${more} more` : lines.join('\n')
}
