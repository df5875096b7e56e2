/**
 * What is known about each configured server: looked at now, taken from the shipped catalogue, or not known and why.
 * The same server under several clients is looked at once. Nothing is started without consent.
 */

import { entryOf } from '../../catalogue/clients/entry.ts'
import type { Surroundings } from '../../catalogue/clients/kinds.ts'
import type { ConfiguredServer } from '../../catalogue/clients/read.ts'
import type { ServerRecord } from '../../catalogue/pages/record.ts'
import { sameStart } from '../../catalogue/report/configuration.ts'
import { launchOf } from '../../catalogue/report/launch.ts'
import type { Sight, Subject } from '../../catalogue/report/report.ts'
import { shippedServers } from '../../catalogue/shipped.ts'
import type { Shell } from '../shell/shell.ts'
import { readNamedText } from './config-files.ts'
import { bareReason, consent, lookAt } from './look.ts'
import type { ScanTarget } from './targets.ts'

export interface SightOptions {
  /** Whether programs may be started and addresses asked at all. */
  readonly start: boolean
  readonly yes?: boolean
  leadsToGateway(server: ConfiguredServer): boolean
}

const remedy = 'read the commands, then add --yes; or add --no-start to judge what needs no start'

type Entries = readonly [ConfiguredServer, ...ConfiguredServer[]]

/** A subject for every server, in the order of the configuration. */
export async function sightsOf(
  shell: Shell,
  servers: readonly ConfiguredServer[],
  where: Surroundings,
  options: SightOptions,
): Promise<readonly Subject[]> {
  const groups = groupsOf(servers)
  const known = new Map<Entries, Sight>()
  const targets = new Map<Entries, ScanTarget>()
  for (const group of groups) {
    const [first] = group
    if (options.leadsToGateway(first)) known.set(group, { kind: 'gateway', reason: 'it leads to the gateway' })
    else if (group.every(({ isDisabled }) => isDisabled))
      known.set(group, { kind: 'off', reason: 'it is switched off' })
    else
      targets.set(group, {
        name: first.name,
        configured: first,
        entry: entryOf(first, { env: where.env, home: where.home, readText: readNamedText }),
      })
  }
  const isStarted =
    options.start && targets.size > 0 && (await consent(shell, [...targets.values()], options.yes, remedy))
  const looks = isStarted ? await lookAt(shell, [...targets.values()]) : []
  for (const [index, group] of [...targets.keys()].entries()) {
    const scan = looks[index]?.scan
    if (scan?.ok) known.set(group, { kind: 'seen', scan: scan.value })
    else known.set(group, fromCatalogue(group[0]) ?? unknown(group[0], scan && bareReason(scan.refusal.message)))
  }
  return groups.map(configured => ({
    configured,
    sight: known.get(configured) ?? { kind: 'not-started', reason: 'it was not looked at' },
  }))
}

/** Entries that start or reach the same thing are one server; those that are switched off stay apart. */
function groupsOf(servers: readonly ConfiguredServer[]): readonly Entries[] {
  const groups = new Map<string, [ConfiguredServer, ...ConfiguredServer[]]>()
  for (const server of servers) {
    // the same words may mean different things in different projects
    const key = JSON.stringify([sameStart(server), server.isDisabled, server.project ?? '', server.transport])
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [server])
    else group.push(server)
  }
  return [...groups.values()]
}

/** What the shipped catalogue has of a package of npm; servers that are only described in it were never looked at. */
function recordsOf(name: string): readonly ServerRecord[] {
  return shippedServers().flatMap(({ record, rating }) =>
    record.package === name && rating !== undefined ? [record] : [],
  )
}

function fromCatalogue({ command, args }: ConfiguredServer): Sight | undefined {
  const started = command === undefined ? undefined : launchOf(command, args).package
  if (started?.registry !== 'npm' || started.version === undefined) return undefined
  const record = recordsOf(started.name).find(({ version }) => version === started.version)
  if (record === undefined) return undefined
  return {
    kind: 'catalogue',
    tools: record.tools,
    record: `${started.name} ${started.version}, looked at on ${record.scannedAt}`,
    ...(record.instructions === '' ? {} : { instructions: record.instructions }),
  }
}

function unknown({ command, args, url }: ConfiguredServer, failure: string | undefined): Sight {
  if (failure !== undefined) return { kind: 'not-seen', reason: failure }
  if (url !== undefined) return { kind: 'not-started', reason: 'it has to be asked over the network' }
  const started = command === undefined ? undefined : launchOf(command, args).package
  const versions = started?.registry === 'npm' ? recordsOf(started.name).flatMap(({ version }) => version ?? []) : []
  if (versions.length === 0) return { kind: 'not-started', reason: 'it has to be started to be known' }
  return {
    kind: 'not-started',
    reason: `the catalogue knows version ${versions.join(', ')} only; this one has to be started`,
  }
}
