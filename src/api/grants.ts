/** Grants: listed, made, rotated, revoked. A token is in the answer that makes it, and nowhere else. */

import type { z } from 'zod'
import { objectNameProblem } from '../config/names.ts'
import { accepted, type Result, refused } from '../errors.ts'
import { readExpiry } from '../identity/expiry.ts'
import type { Grant, GrantTerms, GrantView } from '../identity/grant.ts'
import { limits } from '../limits.ts'
import { nearest } from '../policy/problem.ts'
import type { ApiDeps } from './deps.ts'
import { endpoint } from './endpoint.ts'
import * as shapes from './shapes.ts'

export const listGrants = endpoint({
  method: 'get',
  path: '/grants',
  summary: 'every grant, without any form of its token',
  params: shapes.nothing,
  query: shapes.nothing,
  answer: shapes.grantsAnswer,
  refusals: [],
  async run(deps) {
    return accepted({ grants: deps.grants.list().map(viewOf) })
  },
})

export const createGrant = endpoint({
  method: 'post',
  path: '/grants',
  summary: 'make a grant and its token; with a name alone, a first token for a grant of sallyport.yaml',
  params: shapes.nothing,
  query: shapes.nothing,
  body: shapes.newGrant,
  answer: shapes.mintedAnswer,
  status: 201,
  refusals: ['ERR_GRANT_EXISTS', 'ERR_GRANT_INVALID'],
  async run(deps, { body }) {
    const declared = deps.grants.get(body.name)
    if (declared?.grant.managedBy === 'file' && declared.tokenFrom === 'none') {
      if (Object.keys(body).length > 1)
        return refused('ERR_GRANT_MANAGED_BY_FILE', { name: body.name, what: 'say who it is for and what it may use' })
      return minted(deps, await deps.grants.mintDeclared(body.name))
    }
    if (declared !== undefined) return refused('ERR_GRANT_EXISTS', { name: body.name })
    const terms = readTerms(deps, body)
    if (!terms.ok) return terms
    const made = await deps.grants.create(terms.value)
    if (made.ok) deps.log.info({ grant: body.name, principal: terms.value.principal.id }, 'grant made')
    return minted(deps, made)
  },
})

export const rotateGrant = endpoint({
  method: 'post',
  path: '/grants/{name}/rotate',
  summary: 'end the token of a grant and make a new one',
  params: shapes.named,
  query: shapes.nothing,
  answer: shapes.mintedAnswer,
  refusals: ['ERR_GRANT_UNKNOWN', 'ERR_GRANT_MANAGED_BY_FILE'],
  async run(deps, { params }) {
    const rotated = await deps.grants.rotate(params.name)
    if (rotated.ok) deps.log.info({ grant: params.name }, 'grant rotated')
    return minted(deps, rotated)
  },
})

export const revokeGrant = endpoint({
  method: 'delete',
  path: '/grants/{name}',
  summary: 'end a grant; its next call is refused',
  params: shapes.named,
  query: shapes.nothing,
  answer: shapes.doneAnswer,
  refusals: ['ERR_GRANT_UNKNOWN'],
  async run(deps, { params }) {
    const revoked = await deps.grants.revoke(params.name)
    if (!revoked.ok) return revoked
    deps.log.info({ grant: params.name }, 'grant revoked')
    return accepted({ done: true })
  },
})

type Body = z.output<typeof shapes.newGrant>

function readTerms(deps: ApiDeps, body: Body): Result<GrantTerms> {
  const invalid = (reason: string) => refused('ERR_GRANT_INVALID', { reason })
  const problem = objectNameProblem(body.name, limits.nameCharsMax)
  if (problem !== undefined) return invalid(`\`${body.name}\`: ${problem}`)
  if (body.principal === undefined) return invalid('`principal` says who acts')
  const attached = Object.entries(body.servers ?? {})
  if (attached.length === 0) return invalid('`servers` names at least one server')
  const servers = deps.servers.list().map(server => server.name)
  const policies = deps.policies.list().map(policy => policy.name)
  for (const [server, policy] of attached) {
    if (!servers.includes(server)) return invalid(`no server named \`${server}\`${hint(server, servers)}`)
    if (policy !== null && !policies.includes(policy))
      return invalid(`no policy named \`${policy}\`${hint(policy, policies)}`)
  }
  const ends = body.expiresIn === undefined ? undefined : readExpiry(body.expiresIn, deps.clock.wallMs())
  if (ends?.ok === false) return ends
  return accepted({
    name: body.name,
    principal: { id: body.principal, kind: body.kind ?? 'agent', roles: body.roles ?? [], groups: body.groups ?? [] },
    labels: body.labels ?? {},
    servers: new Map(attached.map(([server, policy]) => [server, policy ?? undefined])),
    ...(ends === undefined ? {} : { expiresAtMs: ends.value }),
  })
}

function hint(word: string, known: readonly string[]): string {
  const near = nearest(word, known)
  return near === undefined ? '' : `; did you mean \`${near}\`?`
}

function minted(deps: ApiDeps, made: Result<{ readonly grant: Grant; readonly token: string }>) {
  if (!made.ok) return made
  const view = deps.grants.get(made.value.grant.name)
  return view === undefined
    ? refused('ERR_GRANT_UNKNOWN', { name: made.value.grant.name })
    : accepted({ grant: viewOf(view), token: made.value.token })
}

function viewOf({ grant, state, tokenFrom }: GrantView) {
  const { name, principal, labels, servers, expiresAtMs, managedBy } = grant
  return {
    name,
    principal,
    labels: { ...labels },
    servers: Object.fromEntries([...servers].map(([server, policy]) => [server, policy ?? null])),
    expiresAt: expiresAtMs === undefined ? null : new Date(expiresAtMs).toISOString(),
    state,
    tokenFrom,
    managedBy,
  }
}
