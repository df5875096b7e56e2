/**
 * HTTP servers added through the control API. Kept as they were written, references to the environment included, so
 * that no secret reaches the store. A command line never comes this way (A-114; CVE-2026-79748).
 */

import type { Environment } from '../config/env.ts'
import { readServers, type ServerDeclaration } from '../config/servers.ts'
import { accepted, type Result, refused } from '../errors.ts'
import type { Logger } from '../log.ts'
import { ProblemLog } from '../policy/problem.ts'
import type { Rows } from '../rows.ts'
import type { JsonObject } from '../wire/json-types.ts'

const kind = 'server'

interface ApiServerDeps {
  readonly rows: Rows
  readonly env: Environment
  readonly log: Logger
}

export class ApiServers {
  readonly #deps: ApiServerDeps
  readonly #byName = new Map<string, ServerDeclaration>()

  private constructor(deps: ApiServerDeps) {
    this.#deps = deps
  }

  /** Reads the durable servers. One that can no longer be read (a variable is gone) is left out, loudly. */
  static async open(deps: ApiServerDeps): Promise<ApiServers> {
    const servers = new ApiServers(deps)
    for (const { name, value } of await deps.rows.all(kind)) {
      const read = servers.#read(name, value)
      if (read.ok) servers.#byName.set(name, read.value)
      else deps.log.error({ server: name }, `a server added through the API is left out: ${read.refusal.message}`)
    }
    return servers
  }

  names(): readonly string[] {
    return [...this.#byName.keys()]
  }

  list(): readonly ServerDeclaration[] {
    return [...this.#byName.values()]
  }

  /** Adds a server as it is written in sallyport.yaml. Refuses a command (ERR_API_COMMAND_FORBIDDEN) and mistakes. */
  async add(name: string, written: JsonObject): Promise<Result<ServerDeclaration>> {
    for (const key of ['command', 'args', 'env', 'cwd']) if (key in written) return refused('ERR_API_COMMAND_FORBIDDEN')
    const read = this.#read(name, written)
    if (!read.ok) return read
    await this.#deps.rows.put(kind, name, written)
    this.#byName.set(name, read.value)
    return read
  }

  /** Removes a server; durable when it resolves. */
  async remove(name: string): Promise<void> {
    await this.#deps.rows.remove(kind, name)
    this.#byName.delete(name)
  }

  #read(name: string, written: JsonObject): Result<ServerDeclaration> {
    const log = new ProblemLog()
    const [server] = readServers({ log, env: this.#deps.env }, { [name]: written }, '', {
      managedBy: 'api',
      folder: '/',
    })
    const problem = log.list(() => undefined).find(found => found.severity === 'error')
    if (server !== undefined && problem === undefined && server.entry.kind === 'http') return accepted(server)
    const reason = problem === undefined ? 'it is not an HTTP server' : `${problem.message}; ${problem.remedy}`
    return refused('ERR_SERVER_INVALID', { reason })
  }
}
