/**
 * The configuration in force, and how it comes to be: read whole, judged whole, then put in force in an order that
 * only ever denies too much for a moment. A mistake changes nothing and is said loudly.
 */

import type { ServerDeclaration } from '../config/servers.ts'
import { type Config, type ConfigInput, type ConfigProblem, describeProblems, readConfig } from '../config.ts'
import type { SetUpProblem } from '../data-folder.ts'
import { accepted, type Result, refused } from '../errors.ts'
import type { Grants } from '../identity/grants.ts'
import type { Logger } from '../log.ts'
import { describeSetUp } from '../start-checks.ts'
import type { ApiServers } from './api-servers.ts'
import type { Policies } from './policies.ts'
import type { Servers } from './servers.ts'

export interface Reloaded {
  readonly revision: string
  /** What changed, in words: `server files added`. */
  readonly changes: readonly string[]
}

interface ConfigurationDeps {
  /** Everything that is read, except the names made through the API. */
  readonly input: Omit<ConfigInput, 'known'>
  readonly log: Logger
  readonly servers: Servers
  readonly apiServers: ApiServers
  readonly policies: Policies
  readonly grants: Grants
  /** What is wrong with serving under this configuration. */
  readonly judge: (config: Config) => readonly SetUpProblem[]
  /** Called with each configuration that is in force, before its servers are. */
  readonly onConfig: (config: Config) => void
  /** Called when what callers may see has changed. */
  readonly onChange: () => void
}

export class Configuration {
  readonly #deps: ConfigurationDeps
  #config: Config | undefined
  #files: readonly string[] = []
  #lastError: string | undefined
  #grantNames = new Map<string, string>()
  #last: Promise<unknown> = Promise.resolve()

  constructor(deps: ConfigurationDeps) {
    this.#deps = deps
  }

  /** The configuration in force; nothing before the first `open`. */
  get config(): Config | undefined {
    return this.#config
  }

  /** The files that were read last, whether they were put in force or refused: a change of any is worth a look. */
  get files(): readonly string[] {
    return this.#files
  }

  /** Why the files as they stand now are not in force; nothing when they are. */
  get lastError(): string | undefined {
    return this.#lastError
  }

  /**
   * Reads the files and puts them in force. Refuses with ERR_CONFIG_INVALID or ERR_START_REFUSED: nothing changes.
   * Resolves before new servers have shown what they offer: for a start, which has clients to answer.
   */
  open(): Promise<Result<Reloaded>> {
    return this.#inTurn(() => this.#load())
  }

  /** The same, and waits for the first look at new servers. */
  load(): Promise<Result<Reloaded>> {
    return this.#inTurn(async () => {
      const loaded = await this.#load()
      if (loaded.ok) await this.#deps.servers.looked()
      return loaded
    })
  }

  async #load(): Promise<Result<Reloaded>> {
    const read = await this.#read()
    if (!read.ok) {
      this.#lastError = read.refusal.message
      if (this.#config !== undefined)
        this.#deps.log.error(
          { revision: this.#config.revision },
          `${read.refusal.message}\nthe configuration in force stays as it is`,
        )
      return read
    }
    const changes = await this.#apply(read.value)
    this.#lastError = undefined
    const { revision } = read.value
    if (changes.length > 0) this.#deps.log.info({ revision, changes }, 'configuration in force')
    return accepted({ revision, changes })
  }

  /** Puts the servers of the files and of the API in force together, after the API changed one. */
  applyServers(): Promise<readonly string[]> {
    return this.#inTurn(async () => {
      const changes = await this.#deps.servers.replace(this.#wanted(this.#config))
      await this.#deps.servers.looked()
      if (changes.length > 0) this.#deps.onChange()
      return changes
    })
  }

  async #read(): Promise<Result<Config>> {
    const { input, log, apiServers, policies, judge } = this.#deps
    const read = readConfig({ ...input, known: { servers: apiServers.names(), policies: policies.ownNames() } })
    this.#files = read.ok ? read.config.files : read.files
    if (!read.ok)
      return refused(
        'ERR_CONFIG_INVALID',
        { problems: describeProblems(read.problems) },
        { problems: read.problems.map(plain) },
      )
    const isNew = read.config.revision !== this.#config?.revision
    for (const { file, line, message, remedy } of isNew ? read.config.warnings : [])
      log.warn({ file, line }, `${message}; ${remedy}`)
    const problems = judge(read.config)
    if (problems.length === 0) return accepted(read.config)
    return refused('ERR_START_REFUSED', { problems: describeSetUp(problems) })
  }

  async #apply(config: Config): Promise<readonly string[]> {
    const { servers, policies, grants, log, onConfig, onChange } = this.#deps
    // Policies first: a grant must never meet a server under a policy of an older file.
    const changes = [...(await policies.replaceFilePolicies(config.policies))]
    this.#config = config
    onConfig(config)
    const shadowed = await grants.replaceFileGrants(config.grants)
    for (const name of shadowed)
      log.warn({ grant: name }, 'the file declares a grant that was also made through the API; the file wins')
    changes.push(...this.#grantChanges(config))
    changes.push(...(await servers.replace(this.#wanted(config))))
    if (changes.length > 0) onChange()
    return changes
  }

  /** The file wins over the API where both name a server. */
  #wanted(config: Config | undefined): readonly ServerDeclaration[] {
    const fromFiles = config?.servers ?? []
    const taken = new Set(fromFiles.map(server => server.name))
    return [...fromFiles, ...this.#deps.apiServers.list().filter(server => !taken.has(server.name))]
  }

  #grantChanges(config: Config): readonly string[] {
    const before = this.#grantNames
    const shapeOf = ({ token, servers, ...rest }: Config['grants'][number]) =>
      JSON.stringify([rest, [...servers], token])
    this.#grantNames = new Map(config.grants.map(grant => [grant.name, shapeOf(grant)]))
    const changes: string[] = []
    for (const [name, shape] of this.#grantNames) {
      if (!before.has(name)) changes.push(`grant ${name} added`)
      else if (before.get(name) !== shape) changes.push(`grant ${name} changed`)
    }
    for (const name of before.keys()) if (!this.#grantNames.has(name)) changes.push(`grant ${name} removed`)
    return changes
  }

  /** One change after another: two readings must not mix. */
  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const next = this.#last.then(change, change)
    this.#last = next.catch(() => undefined)
    return next
  }
}

function plain({ file, severity, code, path, line, column, message, remedy }: ConfigProblem) {
  return { file, severity, code, path, line: line ?? null, column: column ?? null, message, remedy }
}
