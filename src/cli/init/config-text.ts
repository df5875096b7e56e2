/**
 * The files `sallyport init` writes: `sallyport.yaml` with servers, policies by reference and one grant for each client,
 * and the lines of the secrets beside it. Texts only; nothing is written here.
 */
import { Document, Scalar } from 'yaml'
import type { ClientKind } from '../../catalogue/clients/kinds.ts'
import { clientTitles } from '../../catalogue/clients/kinds.ts'
import { isReference } from '../../config/env.ts'
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

/** What goes into the file of secrets, and what the environment has. */
interface Secrets {
  readonly values: Map<string, string>
  readonly env: Readonly<Record<string, string | undefined>>
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
  env: Readonly<Record<string, string | undefined>> = {},
): Result<ConfigFiles> {
  const secrets: Secrets = { values: new Map(), env }
  // first, so that no server's secret can take the name of a token
  const granted = Object.fromEntries(grants.map(grant => [grant.name, grantMembers(grant, principal, secrets)]))
  const document = new Document({
    servers: Object.fromEntries(servers.map(({ name, entry }) => [name, serverMembers(name, entry, secrets)])),
    policies: Object.fromEntries(servers.map(({ name }) => [name, { file: `policies/${name}.yaml` }])),
    grants: granted,
  })
  document.commentBefore = ` What \`sallyport init\` made of the servers of ${titles(grants)}.\n Secrets are in secrets.env beside this file; \`sallyport init --undo\` takes everything back.`
  const lines: string[] = []
  for (const [name, value] of secrets.values) {
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

function serverMembers(name: string, entry: UpstreamEntry, secrets: Secrets): Record<string, unknown> {
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
  secrets: Secrets,
  isHeader: boolean,
): Record<string, string> {
  const written = Object.entries(values).map(([name, value]) => {
    // a value that looks like a reference would be read as one
    if (!isHeader && !isSecret(name, value) && !isReference(value)) return [name, value]
    const scheme = isHeader ? /^([A-Za-z][A-Za-z0-9-]*) (\S+)$/.exec(value) : null
    const variable = freeVariable(`${server}_${name}`, scheme?.[2] ?? value, secrets)
    secrets.values.set(variable, scheme?.[2] ?? value)
    return [name, scheme === null ? `env:${variable}` : `${scheme[1]} env:${variable}`]
  })
  return Object.fromEntries(written) as Record<string, string>
}

function freeVariable(name: string, value: string, secrets: Secrets): string {
  const plain = name
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, '_')
    .replace(/^(?=[0-9])/, '_')
  let variable = plain
  for (let number = 2; isTaken(variable, value, secrets); number += 1) variable = `${plain}_${number}`
  return variable
}

/** What the environment has already stands above the file when the gateway starts: such a name would mean that value. */
function isTaken(variable: string, value: string, { values, env }: Secrets): boolean {
  return [values.get(variable), env[variable]].some(known => known !== undefined && known !== value)
}

function grantMembers(grant: ClientGrant, principal: string, secrets: Secrets): Record<string, unknown> {
  const variable = tokenVariable(grant.name)
  secrets.values.set(variable, grant.token)
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
