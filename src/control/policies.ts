/**
 * The policies in force: those of the file and those put through the API. A call takes one policy object and keeps it,
 * so a change is seen whole from the next call on. A policy that does not load is not there, and what names it denies.
 */

import { compileSchema } from '../catalogue/schema.ts'
import { objectNameProblem } from '../config/names.ts'
import type { PolicyDeclaration } from '../config/policies.ts'
import { accepted, type Result, refused } from '../errors.ts'
import type { CalendarWindow } from '../limits/calendar.ts'
import type { DeclaredWindow } from '../limits/family.ts'
import { limits } from '../limits.ts'
import type { Logger } from '../log.ts'
import { windowMsOf } from '../policy/caps.ts'
import type { Policy } from '../policy/compile.ts'
import { loadPolicy, type Problem } from '../policy/load.ts'
import type { LimitScope } from '../policy/verdict.ts'
import type { Rows } from '../rows.ts'
import { isJsonObject, type JsonObject } from '../wire/json-types.ts'

const kind = 'policy'

export class Policies {
  readonly #rows: Rows
  readonly #log: Logger
  readonly #prepare: PolicyDeps['prepare']
  readonly #remember: PolicyDeps['remember']
  #byName = new Map<string, PolicyDeclaration>()
  /** Put through the API; the file's win over them. */
  readonly #own = new Map<string, PolicyDeclaration>()

  private constructor(deps: PolicyDeps) {
    this.#rows = deps.rows
    this.#log = deps.log
    this.#prepare = deps.prepare
    this.#remember = deps.remember
  }

  /**
   * Reads the durable policies. One that no longer loads is left out, loudly: what names it is denied. Their limits are
   * counted once the file's policies are there too.
   */
  static async open(deps: PolicyDeps): Promise<Policies> {
    const policies = new Policies(deps)
    for (const { name, value } of await deps.rows.all(kind)) {
      const text = typeof value['text'] === 'string' ? value['text'] : ''
      const loaded = loadPolicy(name, text, { compileSchema })
      if (loaded.ok) policies.#own.set(name, { name, managedBy: 'api', text, loaded })
      else
        deps.log.error(
          { policy: name, problems: loaded.problems.length },
          'a stored policy no longer loads; what it governs is denied',
        )
    }
    policies.#byName = policies.#merged([])
    return policies
  }

  /** The policy a call is judged by. */
  get(name: string): Policy | undefined {
    return this.#byName.get(name)?.loaded.policy
  }

  declarationOf(name: string): PolicyDeclaration | undefined {
    return this.#byName.get(name)
  }

  /** Every policy, by name. */
  list(): readonly PolicyDeclaration[] {
    return [...this.#byName.values()].sort((left, right) => (left.name < right.name ? -1 : 1))
  }

  /** Names put through the API: they exist whatever the file says. */
  ownNames(): readonly string[] {
    return [...this.#own.keys()]
  }

  /** Puts the file's policies in force, all at once. Returns what changed, in words. Throws a Fault: nothing changed. */
  async replaceFilePolicies(declared: readonly PolicyDeclaration[]): Promise<readonly string[]> {
    const documents = [...this.#merged(declared).values()].map(({ loaded }) => loaded.document)
    await this.#prepare(documents.flatMap(windowsOf))
    await this.#remember(Math.max(0, ...documents.map(longestFlowMs)))
    const before = this.#byName
    this.#byName = this.#merged(declared)
    return describeChanges(before, this.#byName)
  }

  /** Puts one policy in force. Refuses a document with a mistake (ERR_POLICY_REFUSED), and the file's own policies. */
  async put(name: string, text: string): Promise<Result<PolicyDeclaration>> {
    const problem = objectNameProblem(name, limits.nameCharsMax)
    if (problem !== undefined) return refused('ERR_API_INVALID', { reason: problem })
    if (this.#byName.get(name)?.managedBy === 'file') return refused('ERR_POLICY_MANAGED_BY_FILE', { policy: name })
    const loaded = loadPolicy(name, text, { compileSchema })
    if (!loaded.ok)
      return refused(
        'ERR_POLICY_REFUSED',
        { policy: name, problems: describe(loaded.problems) },
        problemData(loaded.problems),
      )
    const declared: PolicyDeclaration = { name, managedBy: 'api', text, loaded }
    // Before the first call under it: what its limits look at must be there, or an edited policy opens a fresh budget.
    await this.#prepare(windowsOf(loaded.document))
    await this.#remember(longestFlowMs(loaded.document))
    await this.#rows.put(kind, name, { text })
    this.#own.set(name, declared)
    this.#byName = this.#merged(this.#fromFile())
    this.#log.info({ policy: name, version: loaded.policy.version }, 'policy put in force')
    return accepted(declared)
  }

  /** Takes a policy away. What still names it is denied. */
  async remove(name: string): Promise<Result<true>> {
    const declared = this.#byName.get(name)
    if (declared === undefined) return refused('ERR_POLICY_UNKNOWN', { policy: name })
    if (declared.managedBy === 'file') return refused('ERR_POLICY_MANAGED_BY_FILE', { policy: name })
    this.#own.delete(name)
    this.#byName = this.#merged(this.#fromFile())
    await this.#rows.remove(kind, name)
    this.#log.info({ policy: name }, 'policy removed')
    return accepted(true)
  }

  #fromFile(): readonly PolicyDeclaration[] {
    return [...this.#byName.values()].filter(policy => policy.managedBy === 'file')
  }

  #merged(fromFile: readonly PolicyDeclaration[]): Map<string, PolicyDeclaration> {
    const next = new Map(this.#own)
    for (const policy of fromFile) next.set(policy.name, policy)
    return next
  }
}

interface PolicyDeps {
  readonly rows: Rows
  readonly log: Logger
  /** Told of every limit before it is in force; resolves when its counters hold all that counts. */
  readonly prepare: (windows: readonly DeclaredWindow[]) => Promise<void>
  /** Told how far back flows look before they are in force, in ms; resolves when every mark of that time is known. */
  readonly remember: (withinMs: number) => Promise<void>
}

/** How far back the flows of a normalised document look, in ms; 0 without any. */
function longestFlowMs({ flows }: JsonObject): number {
  const spans = Array.isArray(flows)
    ? flows.map(flow => (isJsonObject(flow) ? (windowMsOf(flow['within']) ?? 0) : 0))
    : []
  return Math.max(0, ...spans)
}

/** The windows of every limit of a normalised document. */
export function windowsOf(document: JsonObject): readonly DeclaredWindow[] {
  const tools = document['tools']
  const sets = [document['all_tools'], ...(isJsonObject(tools) ? Object.values(tools) : [])]
  return sets.flatMap(set => {
    const declared = isJsonObject(set) ? set['limits'] : undefined
    return Array.isArray(declared) ? declared.flatMap(limit => (isJsonObject(limit) ? windowOf(limit) : [])) : []
  })
}

function windowOf({ counter, scope, window, align, zone }: JsonObject): readonly DeclaredWindow[] {
  const windowMs = windowMsOf(window)
  if (typeof counter !== 'string' || windowMs === undefined) return []
  const declared = { counter, scope: (scope ?? 'grant') as LimitScope, windowMs }
  if (align !== 'calendar') return [declared]
  return [{ ...declared, calendar: { unit: window, zone: zone ?? 'UTC' } as CalendarWindow }]
}

function describeChanges(
  before: ReadonlyMap<string, PolicyDeclaration>,
  after: ReadonlyMap<string, PolicyDeclaration>,
): readonly string[] {
  const changes: string[] = []
  for (const [name, policy] of after) {
    const old = before.get(name)
    if (old === undefined) changes.push(`policy ${name} added`)
    else if (old.loaded.policy.version !== policy.loaded.policy.version) changes.push(`policy ${name} changed`)
  }
  for (const name of before.keys()) if (!after.has(name)) changes.push(`policy ${name} removed`)
  return changes
}

function describe(problems: readonly Problem[]): string {
  return problems
    .filter(problem => problem.severity === 'error')
    .slice(0, limits.problemsShownMax)
    .map(({ line, column, message, remedy }) => `  ${line ?? '-'}:${column ?? '-'}: ${message}; ${remedy}`)
    .join('\n')
}

function problemData(problems: readonly Problem[]): JsonObject {
  return { problems: problems.map(problem => ({ ...problem })) }
}
