/**
 * The names configured servers have in a registry, by the npm package they run. The shipped catalogue knows some; a
 * registry in a file, or one whose address was given, is asked for the rest. The official one is asked only by name.
 */
import { existsSync } from 'node:fs'
import { askRegistry, matchPackage, packageOf, readRegistryText } from '../../catalogue/registry/registry.ts'
import { findServer } from '../../catalogue/shipped.ts'
import { stopWith } from '../shell/exits.ts'
import { readTextFile } from '../shell/files.ts'
import { fetchText } from './fetch.ts'
import { officialRegistry, type ScanTarget } from './targets.ts'

/** The targets with their registry names where one is known. A registry that was named and cannot be read is a `Stop`. */
export async function withRegistryNames(
  targets: readonly ScanTarget[],
  registry: string,
): Promise<readonly ScanTarget[]> {
  const named: ScanTarget[] = []
  for (const target of targets) {
    const registryName = target.registry?.name ?? (await registryNameOf(target, registry))
    named.push(registryName === undefined ? target : { ...target, registryName })
  }
  return named
}

async function registryNameOf({ configured }: ScanTarget, registry: string): Promise<string | undefined> {
  if (configured?.command === undefined) return undefined
  const name = packageOf(configured.command, configured.args)
  if (name === undefined) return undefined
  const shipped = findServer(name)?.record
  if (registry === officialRegistry) return shipped?.package === name ? shipped.registryName : undefined
  const listing = existsSync(registry)
    ? readRegistryText(readTextFile(registry))
    : await askRegistry(registry, name.split('/').at(-1), fetchText)
  if (!listing.ok) throw stopWith(listing.refusal)
  return matchPackage(configured.command, configured.args, listing.value.servers)?.name
}
