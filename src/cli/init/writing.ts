/**
 * Everything `init` will write, worked out before a byte is written: the gateway's configuration, its policies and
 * secrets, and each client's file with its servers led through the gateway.
 */
import { join } from 'node:path'
import { type ConfigEdit, editConfig } from '../../catalogue/clients/edit.ts'
import type { ClientKind } from '../../catalogue/clients/kinds.ts'
import { type RatedTool, recommendedPolicy } from '../../catalogue/recommend.ts'
import { accepted, type Result } from '../../errors.ts'
import { mintToken } from '../../identity/token.ts'
import { type GatewayAddress, gatewayEntry, rewiring } from './client-entries.ts'
import { type ClientGrant, configFiles } from './config-text.ts'
import type { Finding } from './finding.ts'
import type { GatheredServer } from './gathering.ts'
import type { Writing } from './journal.ts'
import type { Decided } from './review.ts'

/** One server that goes behind the gateway, and what was decided about it. */
export interface Admitted {
  readonly server: GatheredServer
  readonly tools: readonly RatedTool[]
  readonly decided: Decided
}

export interface WritingSource {
  readonly folder: string
  readonly principal: string
  readonly gateway: GatewayAddress
  readonly random: (bytes: number) => Uint8Array
}

/** The files to write, the gateway's own first. Refuses when a client's file cannot be changed in place. */
export function writingsOf(
  admitted: readonly Admitted[],
  finding: Finding,
  source: WritingSource,
): Result<readonly Writing[]> {
  const { folder, principal, gateway } = source
  const grants = grantsOf(admitted, source.random)
  const files = configFiles(
    admitted.map(({ server }) => server),
    grants,
    principal,
  )
  if (!files.ok) return files
  const clients = clientWritings(admitted, grants, finding, gateway)
  if (!clients.ok) return clients
  const policies = admitted.map(
    ({ server: { name }, tools, decided }): Writing => ({
      file: join(folder, 'policies', `${name}.yaml`),
      text: recommendedPolicy(name, tools, decided.level, decided.chosen),
    }),
  )
  return accepted([
    { file: join(folder, 'secrets.env'), text: files.value.secrets, mode: 0o600 },
    ...policies,
    { file: join(folder, 'sallyport.yaml'), text: files.value.config },
    ...clients.value,
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

function clientWritings(
  admitted: readonly Admitted[],
  grants: readonly ClientGrant[],
  finding: Finding,
  gateway: GatewayAddress,
): Result<readonly Writing[]> {
  const edits = new Map<string, ConfigEdit[]>()
  for (const { server } of admitted) {
    for (const configured of server.configured) {
      const grant = grants.find(({ client }) => client === configured.client)
      if (grant === undefined) continue
      const edit = rewiring(configured, gatewayEntry(configured, server.name, grant, gateway))
      edits.set(configured.file, [...(edits.get(configured.file) ?? []), edit])
    }
  }
  const writings: Writing[] = []
  for (const [file, changes] of edits) {
    const found = finding.texts.get(file)
    if (found === undefined) continue
    const edited = editConfig(found.place.format, file, found.text, changes)
    if (!edited.ok) return edited
    writings.push({ file, text: edited.value })
  }
  return accepted(writings)
}
