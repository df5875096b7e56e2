/** The `grants` of sallyport.yaml: who may use which server under which policy. */
import { readExpiryDate, readLifetime } from '../identity/expiry.ts'
import type { FileGrant } from '../identity/grants.ts'
import { readFileToken } from '../identity/token.ts'
import { limits } from '../limits.ts'
import { nearest, pointer } from '../policy/problem.ts'
import { readChoice, readObject, readText } from '../policy/shape.ts'
import type { Json, JsonObject } from '../wire/json-types.ts'
import { type ReadContext, readNamed, readOptionalText, readReference, readTexts } from './context.ts'
import { isReference } from './env.ts'
import { objectNameProblem } from './names.ts'

export const grantKeys = ['principal', 'kind', 'roles', 'groups', 'token', 'servers', 'labels', 'expires'] as const
export const principalKinds = ['agent', 'person', 'service'] as const

/** What grants may name: the servers and policies that exist, wherever they are declared. */
export interface Known {
  readonly servers: ReadonlySet<string>
  readonly policies: ReadonlySet<string>
}

/** Every grant that can be read. A server or policy that does not exist, and a weak or shared token, are errors. */
export function readGrants(
  context: ReadContext,
  value: Json | undefined,
  at: string,
  known: Known,
): readonly FileGrant[] {
  const grants: FileGrant[] = []
  const tokens = new Map<string, string>()
  for (const [name, body] of Object.entries(readNamed(context, value, at))) {
    const where = pointer(at, name)
    const problem = objectNameProblem(name, limits.nameCharsMax)
    if (problem !== undefined)
      context.log.error('bad-name', where, `\`${name.slice(0, 80)}\`: ${problem}`, 'choose another name', 'key')
    const object = readObject(context.log, body, where, grantKeys)
    const grant = object === undefined ? undefined : readGrant(context, name, object, where, known)
    if (grant === undefined) continue
    const other = grant.token === undefined ? undefined : tokens.get(grant.token)
    if (other !== undefined)
      context.log.error(
        'shared-token',
        pointer(where, 'token'),
        `grants \`${other}\` and \`${name}\` have the same token`,
        'give each grant a token of its own',
      )
    if (grant.token !== undefined) tokens.set(grant.token, name)
    grants.push(grant)
  }
  return grants
}

function readGrant(
  context: ReadContext,
  name: string,
  object: JsonObject,
  at: string,
  known: Known,
): FileGrant | undefined {
  const { log } = context
  const principal = readText(log, object['principal'], pointer(at, 'principal'), limits.nameCharsMax * 4)
  const kind =
    object['kind'] === undefined ? 'agent' : readChoice(log, object['kind'], pointer(at, 'kind'), principalKinds)
  const servers = readAttachments(context, object['servers'], pointer(at, 'servers'), known)
  const token = readToken(context, name, object['token'], pointer(at, 'token'))
  const labels = readLabels(context, object['labels'], pointer(at, 'labels'))
  const expiry = readExpires(context, object, at)
  if (principal === undefined || kind === undefined) return undefined
  const caller = {
    id: principal,
    kind,
    roles: readTexts(context, object, 'roles', at),
    groups: readTexts(context, object, 'groups', at),
  }
  return { name, principal: caller, labels, servers, ...expiry, ...(token === undefined ? {} : { token }) }
}

function readAttachments(
  context: ReadContext,
  value: Json | undefined,
  at: string,
  known: Known,
): ReadonlyMap<string, string | undefined> {
  const attached = new Map<string, string | undefined>()
  for (const [server, policy] of Object.entries(readNamed(context, value, at))) {
    const where = pointer(at, server)
    if (!known.servers.has(server)) unknown(context, 'server', server, where, known.servers, 'key')
    const name = policy === null ? undefined : readText(context.log, policy, where, limits.nameCharsMax)
    if (name !== undefined && !known.policies.has(name))
      unknown(context, 'policy', name, where, known.policies, 'value')
    attached.set(server, name)
  }
  return attached
}

function unknown(
  context: ReadContext,
  what: string,
  name: string,
  at: string,
  known: ReadonlySet<string>,
  spot: 'key' | 'value',
): void {
  const near = nearest(name, known)
  const remedy = near === undefined ? `declared: ${[...known].join(', ') || 'none'}` : `did you mean \`${near}\`?`
  context.log.error(`unknown-${what}`, at, `no ${what} named \`${name.slice(0, 80)}\``, remedy, spot)
}

function readToken(context: ReadContext, name: string, value: Json | undefined, at: string): string | undefined {
  if (value === undefined) return undefined
  if (typeof value === 'string' && !isReference(value)) {
    context.log.error(
      'secret-in-file',
      at,
      `the token of grant \`${name}\` is written out`,
      'write `token: "env:NAME"`; secrets are never in a file',
    )
    return undefined
  }
  const resolved = readReference(context, value, at)
  const token = resolved === undefined ? undefined : readFileToken(name, resolved.value)
  if (token === undefined) return undefined
  if (token.ok) return token.value
  context.log.error(
    'weak-token',
    at,
    token.refusal.message,
    `make one with \`openssl rand -base64 32\`, or leave \`token\` out and run \`sallyport grant create ${name}\``,
  )
  return undefined
}

function readLabels(context: ReadContext, value: Json | undefined, at: string): Readonly<Record<string, string>> {
  const labels: Record<string, string> = {}
  const entries = Object.entries(readNamed(context, value, at))
  if (entries.length > limits.grantLabelsMax)
    context.log.error('too-many', at, `more than ${limits.grantLabelsMax} labels`, 'keep those that policies use')
  for (const [key, text] of entries) {
    const label = readText(context.log, text, pointer(at, key), limits.nameCharsMax * 4)
    if (label !== undefined) Object.defineProperty(labels, key, { value: label, enumerable: true })
  }
  return labels
}

function readExpires(
  context: ReadContext,
  object: JsonObject,
  at: string,
): Pick<FileGrant, 'lifetime' | 'expiresAtMs'> {
  const text = readOptionalText(context, object, 'expires', at)
  if (text === undefined) return {}
  const ms = readLifetime(text)
  if (ms !== undefined) return { lifetime: { text, ms } }
  const date = readExpiryDate(text)
  if (date.ok) return { expiresAtMs: date.value }
  context.log.error(
    'bad-value',
    pointer(at, 'expires'),
    `\`${text.slice(0, 80)}\` is neither a duration nor an ISO date`,
    'write `30d`, `12h`, or `2027-01-31`',
  )
  return {}
}
