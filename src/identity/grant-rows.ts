/** Grants as durable rows, and back. A row that cannot be read is a fault: half a grant must not be half trusted. */
import { Fault } from '../errors.ts'
import { isJsonObject, type Json, type JsonObject } from '../wire/json-types.ts'
import type { Caller, Grant } from './grant.ts'

/** A grant made through the API, with the hash of its token. */
export function writeGrant(grant: Grant, tokenHash: string): JsonObject {
  return {
    id: grant.id,
    principal: { ...grant.principal },
    labels: { ...grant.labels },
    servers: [...grant.servers].map(([server, policy]) => [server, policy ?? null]),
    tokenHash,
    ...(grant.expiresAtMs === undefined ? {} : { expiresAtMs: grant.expiresAtMs }),
  }
}

/** Reads what `writeGrant` wrote. Throws Fault ERR_INTERNAL for anything else. */
export function readGrant(name: string, value: JsonObject): { grant: Grant; tokenHash: string } {
  const { id, labels, servers, tokenHash, expiresAtMs } = value
  if (typeof id !== 'string' || typeof tokenHash !== 'string' || !isJsonObject(labels) || !Array.isArray(servers))
    throw new Fault('ERR_INTERNAL', {}, `row of grant ${name} is damaged`)
  const grant: Grant = {
    id,
    name,
    principal: readCaller(name, value['principal']),
    labels: Object.fromEntries(Object.entries(labels).map(([key, text]) => [key, String(text)])),
    servers: new Map(servers.map(readAttachment)),
    managedBy: 'api',
    ...(typeof expiresAtMs === 'number' ? { expiresAtMs } : {}),
  }
  return { grant, tokenHash }
}

function readCaller(name: string, value: Json | undefined): Caller {
  if (!isJsonObject(value) || typeof value['id'] !== 'string')
    throw new Fault('ERR_INTERNAL', {}, `row of grant ${name} names no principal`)
  const { id, kind, roles, groups } = value
  return { id, kind: typeof kind === 'string' ? kind : 'agent', roles: readTexts(roles), groups: readTexts(groups) }
}

function readTexts(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter(item => typeof item === 'string') : []
}

function readAttachment(pair: Json): [string, string | undefined] {
  const [server, policy] = Array.isArray(pair) ? pair : []
  if (typeof server !== 'string') throw new Fault('ERR_INTERNAL', {}, 'a grant row attaches no server')
  return [server, typeof policy === 'string' ? policy : undefined]
}
