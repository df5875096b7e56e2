/** Policies: listed, shown in their normal form, put in force, removed. */
import type { PolicyDeclaration } from '../config/policies.ts'
import { accepted, refused } from '../errors.ts'
import { noteText } from '../policy/stricter.ts'
import type { ApiDeps } from './deps.ts'
import { endpoint } from './endpoint.ts'
import * as shapes from './shapes.ts'

export const listPolicies = endpoint({
  method: 'get',
  path: '/policies',
  summary: 'the policies in force, and who is under them',
  params: shapes.nothing,
  query: shapes.nothing,
  answer: shapes.policiesAnswer,
  refusals: [],
  async run(deps) {
    return accepted({ policies: deps.policies.list().map(policy => viewOf(deps, policy)) })
  },
})

export const getPolicy = endpoint({
  method: 'get',
  path: '/policies/{name}',
  summary: 'one policy in its normal form',
  params: shapes.named,
  query: shapes.nothing,
  answer: shapes.policyDocumentAnswer,
  refusals: ['ERR_POLICY_UNKNOWN'],
  async run(deps, { params }) {
    const policy = deps.policies.declarationOf(params.name)
    return policy === undefined ? refused('ERR_POLICY_UNKNOWN', { policy: params.name }) : accepted(documentOf(policy))
  },
})

export const putPolicy = endpoint({
  method: 'put',
  path: '/policies/{name}',
  summary: 'put a policy in force, from its text in JSON or YAML',
  params: shapes.named,
  query: shapes.nothing,
  body: shapes.newPolicy,
  answer: shapes.policyDocumentAnswer,
  refusals: ['ERR_POLICY_REFUSED', 'ERR_POLICY_MANAGED_BY_FILE'],
  async run(deps, { params, body }) {
    const put = await deps.policies.put(params.name, body.text)
    if (!put.ok) return put
    deps.onChange()
    return accepted(documentOf(put.value))
  },
})

export const removePolicy = endpoint({
  method: 'delete',
  path: '/policies/{name}',
  summary: 'remove a policy that no grant uses',
  params: shapes.named,
  query: shapes.nothing,
  answer: shapes.doneAnswer,
  refusals: ['ERR_POLICY_UNKNOWN', 'ERR_POLICY_IN_USE', 'ERR_POLICY_MANAGED_BY_FILE'],
  async run(deps, { params }) {
    const { grants } = usersOf(deps, params.name)
    if (grants.length > 0) return refused('ERR_POLICY_IN_USE', { policy: params.name, grants: grants.join(', ') })
    const removed = await deps.policies.remove(params.name)
    return removed.ok ? accepted({ done: true }) : removed
  },
})

function viewOf(deps: ApiDeps, policy: PolicyDeclaration) {
  const { name, loaded, managedBy, file } = policy
  const { version, mode } = loaded.policy
  return { name, version, mode, managedBy, ...(file === undefined ? {} : { file }), ...usersOf(deps, name) }
}

function usersOf(
  deps: ApiDeps,
  policy: string,
): { readonly servers: readonly string[]; readonly grants: readonly string[] } {
  const servers = new Set<string>()
  const grants: string[] = []
  for (const { grant } of deps.grants.list()) {
    const used = [...grant.servers].filter(([, name]) => name === policy)
    if (used.length > 0) grants.push(grant.name)
    for (const [server] of used) servers.add(server)
  }
  return { servers: [...servers].sort(), grants }
}

function documentOf({ name, loaded }: PolicyDeclaration) {
  const { policy, document, problems, notes } = loaded
  return { name, version: policy.version, document, problems, notes: notes.map(noteText) }
}
