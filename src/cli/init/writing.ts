/**
 * Everything `init` will write, worked out before a byte is written: the gateway's configuration, its policies and
 * secrets, and each client's file with its servers led through the gateway.
 */
import { join } from 'node:path'
import type { ClientKind } from '../../catalogue/clients/kinds.ts'
import { recommendedPolicy } from '../../catalogue/recommend.ts'
import { accepted, type Result } from '../../errors.ts'
import { mintToken } from '../../identity/token.ts'
import { realPath } from '../scan/config-files.ts'
import type { Sources } from '../scan/sources.ts'
import { type GatewayAddress, gatewayEntry, rewiring } from './client-entries.ts'
import { type ClientGrant, configFiles } from './config-text.ts'
import type { Shared } from './finding.ts'
import type { GatheredServer } from './gathering.ts'
import type { Decided, ReviewedTool } from './review.ts'
import type { ClientFile, Writing } from './storing.ts'

/** One server that goes behind the gateway, and what was decided about it. */
export interface Admitted {
  readonly server: GatheredServer
  readonly tools: readonly ReviewedTool[]
  readonly decided: Decided
}

export interface WritingSource {
  readonly folder: string
  readonly principal: string
  readonly gateway: GatewayAddress
  readonly random: (bytes: number) => Uint8Array
  readonly texts: Sources['texts']
  readonly readers: Shared['readers']
  /** Variables whose names are taken: the environment has them already. */
  readonly env: Readonly<Record<string, string | undefined>>
}

/** The files to write, the gateway's own first. Refuses a secret that no environment file can carry. */
export function writingsOf(admitted: readonly Admitted[], source: WritingSource): Result<readonly Writing[]> {
  const { folder, principal, env } = source
  const grants = grantsOf(admitted, source.random)
  const servers = admitted.map(({ server }) => server)
  const files = configFiles(servers, grants, principal, env)
  if (!files.ok) return files
  const own = (file: string, text: string, mode: number): Writing => ({
    kind: 'new',
    file: join(folder, file),
    text,
    mode,
  })
  const policies = admitted.map(({ server: { name }, tools, decided }) =>
    own(join('policies', `${name}.yaml`), recommendedPolicy(name, tools, decided.level, decided.chosen), 0o644),
  )
  return accepted([
    own('secrets.env', files.value.secrets, 0o600),
    ...policies,
    // addresses and arguments can hold secrets too
    own('sallyport.yaml', files.value.config, 0o600),
    ...clientFiles(admitted, grants, source),
  ])
}

/** One grant for each client, so that what each one did can be told apart. */
function grantsOf(admitted: readonly Admitted[], random: WritingSource['random']): readonly ClientGrant[] {
  const clients = new Map<ClientKind, Set<string>>()
  for (const { server } of admitted)
    for (const { client } of server.configured) clients.set(client, (clients.get(client) ?? new Set()).add(server.name))
  return [...clients].map(([client, servers]) => ({
    client,
    name: client,
    token: mintToken(random),
    servers: [...servers],
  }))
}

function clientFiles(
  admitted: readonly Admitted[],
  grants: readonly ClientGrant[],
  { gateway, texts, readers }: WritingSource,
): readonly Writing[] {
  const files = new Map<string, ClientFile>()
  for (const { server } of admitted) {
    for (const configured of server.configured) {
      const { client, file, scope } = configured
      const [grant, source] = [grants.find(each => each.client === client), texts.get(file)]
      if (grant === undefined || source === undefined) continue
      const real = realPath(file)
      const edit = rewiring(configured, gatewayEntry(configured, server.name, grant, gateway, readers.has(real)))
      const known = files.get(real)
      files.set(real, {
        kind: 'client',
        file: known?.file ?? file,
        source,
        edits: [...(known?.edits ?? []), edit],
        isPrivate: known?.isPrivate === true || scope !== 'project',
      })
    }
  }
  return [...files.values()]
}
