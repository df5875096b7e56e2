/**
 * The files `sallyport init` writes: `sallyport.yaml` with servers, policies by reference and one grant for each client,
 * and the lines of the secrets beside it. Texts only; nothing is written here.
 */
import { Document, Scalar } from 'yaml'
import type { ClientKind } from '../../catalogue/clients/kinds.ts'
import { clientTitles } from '../../catalogue/clients/kinds.ts'
import { accepted, type Result, refused } from '../../errors.ts'
import type { UpstreamEntry } from '../../upstream/upstream.ts'
import { envLine } from '../shell/env-file.ts'
import { type GatheredServer, isSecret } from './gathering.ts'

/** One client's grant: a token of its own, for the servers it had. */
export interface ClientGrant {
  readonly client: ClientKind
  readonly name: string
  readonly token: string
  readonly servers: readonly string[]
}

export interface ConfigFiles {
  /** `sallyport.yaml`. */
  readonly config: string
  /** `secrets.env`, for its owner alone. */
  readonly secrets: string
}

/** The variable that holds a grant's token. */
export function tokenVariable(grant: string): string {
  return `SALLYPORT_TOKEN_${grant.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`
}

/** Both texts. Refused: a secret with line ends or every kind of quote, which no environment file can carry. */
export function configFiles(
  servers: readonly GatheredServer[],
  grants: readonly ClientGrant[],
  principal: string,
): Result<ConfigFiles> {
  const secrets = new Map<string, string>()
  const document = new Document({
    servers: Object.fromEntries(servers.map(({ name, entry }) => [name, serverMembers(name, entry, secrets)])),
    policies: Object.fromEntries(servers.map(({ name }) => [name, { file: `policies/${name}.yaml` }])),
    grants: Object.fromEntries(grants.map(grant => [grant.name, grantMembers(grant, principal, secrets)])),
  })
  document.commentBefore = ` What \`sallyport init\` made of the servers of ${titles(grants)}.\n Secrets are in secrets.env beside this file; \`sallyport init --undo\` takes everything back.`
  const lines: string[] = []
  for (const [name, value] of secrets) {
    const line = envLine(name, value)
    if (line === undefined) {
      return refused('ERR_CLIENT_SERVER', { server: name, reason: 'its value has line ends or every kind of quote' })
    }
    lines.push(line)
  }
  const config = document.toString({ lineWidth: 100, flowCollectionPadding: true })
  return accepted({ config, secrets: `# read by: sallyport start --env-file\n${lines.join('\n')}\n` })
}

function titles(grants: readonly ClientGrant[]): string {
  return grants.map(({ client }) => clientTitles[client]).join(', ')
}

function serverMembers(name: string, entry: UpstreamEntry, secrets: Map<string, string>): Record<string, unknown> {
  // the list was reviewed while it was made; what changes from now on waits for a review
  const pin = 'trust-first'
  if (entry.kind === 'http') {
    const headers = referenced(name, entry.headers, secrets, true)
    const network = entry.network === 'private' ? { network: 'private' } : {}
    return { url: entry.url, ...network, ...(isEmpty(headers) ? {} : { headers }), pin }
  }
  const env = referenced(name, entry.env, secrets, false)
  return {
    command: entry.command,
    ...(entry.args.length === 0 ? {} : { args: entry.args.map(quoted) }),
    ...(isEmpty(env) ? {} : { env }),
    ...(entry.cwd === undefined ? {} : { cwd: entry.cwd }),
    pin,
  }
}

/** Arguments are text, whatever they look like. */
function quoted(text: string): Scalar {
  const scalar = new Scalar(text)
  scalar.type = Scalar.QUOTE_DOUBLE
  return scalar
}

/** Values with secrets taken out: `env:NAME`; of a header, which always counts as secret, also `Bearer env:NAME`. */
function referenced(
  server: string,
  values: Readonly<Record<string, string>>,
  secrets: Map<string, string>,
  isHeader: boolean,
): Record<string, string> {
  const written = Object.entries(values).map(([name, value]) => {
    if (!isHeader && !isSecret(name, value)) return [name, value]
    const scheme = isHeader ? /^([A-Za-z][A-Za-z0-9-]*) (\S+)$/.exec(value) : null
    const variable = freeVariable(`${server}_${name}`, scheme?.[2] ?? value, secrets)
    secrets.set(variable, scheme?.[2] ?? value)
    return [name, scheme === null ? `env:${variable}` : `${scheme[1]} env:${variable}`]
  })
  return Object.fromEntries(written) as Record<string, string>
}

function freeVariable(name: string, value: string, secrets: ReadonlyMap<string, string>): string {
  const plain = name
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, '_')
    .replace(/^(?=[0-9])/, '_')
  let variable = plain
  for (let number = 2; secrets.has(variable) && secrets.get(variable) !== value; number += 1)
    variable = `${plain}_${number}`
  return variable
}

function grantMembers(grant: ClientGrant, principal: string, secrets: Map<string, string>): Record<string, unknown> {
  const variable = tokenVariable(grant.name)
  secrets.set(variable, grant.token)
  return {
    principal,
    kind: 'person',
    token: `env:${variable}`,
    servers: Object.fromEntries(grant.servers.map(server => [server, server])),
  }
}

function isEmpty(record: Readonly<Record<string, unknown>>): boolean {
  return Object.keys(record).length === 0
}
