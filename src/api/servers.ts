/** Status, servers, their tools and the review of them. */
import { rateChange, rateDrift, type ToolDrift } from '../catalogue/drift-risk.ts'
import type { PinnedTool } from '../catalogue/pins.ts'
import type { RunningServer } from '../control/servers.ts'
import { accepted, type Result, refused } from '../errors.ts'
import type { JsonObject } from '../wire/json-types.ts'
import type { ApiDeps } from './deps.ts'
import { endpoint } from './endpoint.ts'
import * as shapes from './shapes.ts'

export const getStatus = endpoint({
  method: 'get',
  path: '/status',
  summary: 'the gateway at a glance',
  params: shapes.nothing,
  query: shapes.nothing,
  answer: shapes.statusAnswer,
  refusals: [],
  async run(deps) {
    const { config, lastError } = deps.configuration
    const { ok, lagMs, queued, lastError: ledgerError } = deps.ledger.health()
    return accepted({
      version: deps.version,
      startedAt: deps.startedAt,
      url: deps.url(),
      servers: deps.servers.list().map(server => stateOf(deps, server)),
      ledger: { ok, lagMs, queued, ...(ledgerError === undefined ? {} : { lastError: ledgerError }) },
      config: {
        revision: config?.revision ?? '',
        ...(config?.file === undefined ? {} : { file: config.file }),
        ...(lastError === undefined ? {} : { lastError }),
      },
    })
  },
})

export const listServers = endpoint({
  method: 'get',
  path: '/servers',
  summary: 'the servers in force',
  params: shapes.nothing,
  query: shapes.nothing,
  answer: shapes.serversAnswer,
  refusals: [],
  async run(deps) {
    return accepted({ servers: await Promise.all(deps.servers.list().map(server => viewOf(deps, server))) })
  },
})

export const getServer = endpoint({
  method: 'get',
  path: '/servers/{name}',
  summary: 'one server',
  params: shapes.named,
  query: shapes.nothing,
  answer: shapes.serverAnswer,
  refusals: ['ERR_SERVER_UNKNOWN'],
  async run(deps, { params }) {
    const server = deps.servers.get(params.name)
    return server === undefined
      ? refused('ERR_SERVER_UNKNOWN', { server: params.name })
      : accepted(await viewOf(deps, server))
  },
})

export const addServer = endpoint({
  method: 'post',
  path: '/servers',
  summary: 'add an HTTP server; one with a command line is declared on the host only',
  params: shapes.nothing,
  query: shapes.nothing,
  body: shapes.newServer,
  answer: shapes.serverAnswer,
  status: 201,
  refusals: ['ERR_SERVER_EXISTS', 'ERR_SERVER_INVALID', 'ERR_API_COMMAND_FORBIDDEN'],
  async run(deps, { body }) {
    const { name, ...written } = body
    if (deps.servers.get(name) !== undefined || deps.apiServers.names().includes(name))
      return refused('ERR_SERVER_EXISTS', { server: name })
    const added = await deps.apiServers.add(name, written as JsonObject)
    if (!added.ok) return added
    await deps.configuration.applyServers()
    deps.log.info({ server: name }, 'server added through the API')
    const server = deps.servers.get(name)
    return server === undefined ? refused('ERR_SERVER_UNKNOWN', { server: name }) : accepted(await viewOf(deps, server))
  },
})

export const removeServer = endpoint({
  method: 'delete',
  path: '/servers/{name}',
  summary: 'remove a server that was added through the API, and forget its reviewed tools',
  params: shapes.named,
  query: shapes.nothing,
  answer: shapes.doneAnswer,
  refusals: ['ERR_SERVER_UNKNOWN', 'ERR_SERVER_MANAGED'],
  async run(deps, { params }) {
    const managedBy = deps.servers.get(params.name)?.declaration.managedBy
    if (managedBy === 'file' || managedBy === 'host')
      return refused('ERR_SERVER_MANAGED', {
        server: params.name,
        file: managedBy === 'file' ? 'sallyport.yaml' : 'servers.yaml of the data folder',
      })
    if (!deps.apiServers.names().includes(params.name)) return refused('ERR_SERVER_UNKNOWN', { server: params.name })
    await deps.apiServers.remove(params.name)
    await deps.configuration.applyServers()
    await deps.pins.forget(params.name)
    deps.log.info({ server: params.name }, 'server removed through the API')
    return accepted({ done: true })
  },
})

export const listTools = endpoint({
  method: 'get',
  path: '/servers/{name}/tools',
  summary: 'what a server offers now, what was approved, and what changed; asks the server first',
  params: shapes.named,
  query: shapes.nothing,
  answer: shapes.toolsAnswer,
  refusals: ['ERR_SERVER_UNKNOWN', 'ERR_SERVER_LIST'],
  async run(deps, { params }) {
    const server = deps.servers.get(params.name)
    if (server === undefined) return refused('ERR_SERVER_UNKNOWN', { server: params.name })
    const looked = await deps.looks.look(server)
    // What is known is worth seeing while the server is down; nothing known is an error.
    if (!looked.ok && deps.pins.list(params.name).length === 0) return looked
    const tools = deps.pins.list(params.name).map(pin => toolOf(deps, pin))
    return accepted({ tools: [...tools, ...deps.pins.nameless(params.name).map(namelessTool)] })
  },
})

export const reviewTools = endpoint({
  method: 'post',
  path: '/servers/{name}/review',
  summary: 'make reviewed definitions callable, each bound to the hash that was seen; all or none',
  params: shapes.named,
  query: shapes.nothing,
  body: shapes.review,
  answer: shapes.reviewAnswer,
  refusals: ['ERR_SERVER_UNKNOWN', 'ERR_PIN_MOVED', 'ERR_PIN_UNKNOWN', 'ERR_PIN_REFUSED'],
  async run(deps, { params, body }) {
    if (deps.servers.get(params.name) === undefined) return refused('ERR_SERVER_UNKNOWN', { server: params.name })
    const approved = await deps.pins.approve(params.name, body.approve)
    if (!approved.ok) return approved
    deps.log.info({ server: params.name, tools: approved.value.map(pin => pin.name) }, 'tool definitions approved')
    deps.onChange()
    return accepted({ approved: approved.value.map(({ name, hash }) => ({ tool: name, hash })) })
  },
})

export const reload = endpoint({
  method: 'post',
  path: '/reload',
  summary: 'read sallyport.yaml and the host file again',
  params: shapes.nothing,
  query: shapes.nothing,
  answer: shapes.reloadAnswer,
  refusals: ['ERR_CONFIG_INVALID', 'ERR_START_REFUSED'],
  run: deps => deps.configuration.load(),
})

function stateOf(deps: ApiDeps, { name, upstream }: RunningServer) {
  const { state, era, lastError } = upstream.status()
  const pins = deps.pins.list(name)
  const why = lastError ?? deps.looks.errorOf(name)
  return {
    name,
    state,
    tools: pins.filter(pin => pin.state === 'approved').length,
    pending: pins.filter(pin => pin.state === 'pending').length,
    ...(era === undefined ? {} : { era }),
    ...(why === undefined ? {} : { lastError: why }),
  }
}

async function viewOf(deps: ApiDeps, server: RunningServer) {
  const { entry, managedBy } = server.declaration
  const state = stateOf(deps, server)
  const identity: Result<{ readonly protocolVersion: string }> | undefined =
    state.state === 'ready' ? await server.upstream.identity() : undefined
  return {
    ...state,
    kind: entry.kind,
    ...(entry.kind === 'http' ? { url: shownUrl(entry.url) } : { command: entry.command, args: entry.args }),
    pin: server.pin,
    managedBy,
    ...(identity?.ok === true ? { protocolVersion: identity.value.protocolVersion } : {}),
  }
}

/** A query may hold a key: it is not shown. */
function shownUrl(text: string): string {
  const url = new URL(text)
  return url.search === '' ? text : `${url.origin}${url.pathname}?…`
}

function toolOf(deps: ApiDeps, pin: PinnedTool) {
  const { title, description, annotations } = pin.definition
  return {
    name: pin.name,
    ...(typeof title === 'string' ? { title } : {}),
    description: typeof description === 'string' ? description : '',
    hash: pin.hash,
    state: pin.state,
    annotations: annotations ?? {},
    definition: pin.definition,
    ...(pin.approvedHash === undefined ? {} : { approvedHash: pin.approvedHash }),
    ...(pin.approvedDefinition === undefined ? {} : { approvedDefinition: pin.approvedDefinition }),
    ...driftOf(pin),
    flags: deps.pins.flags(pin.server, pin.name).map(({ kind, note }) => ({ kind, note })),
    ...(pin.reason === undefined ? {} : { reason: pin.reason }),
  }
}

/** What changed since it was approved, with how much each change matters; of a new tool, what it can do. */
function driftOf({ state, approvedDefinition, definition }: PinnedTool) {
  if (state === 'gone' || state === 'refused') return { differences: [] }
  if (approvedDefinition === undefined) {
    const [drift] = state === 'pending' ? rateDrift([], [definition]) : []
    return { differences: [], ...(drift === undefined ? {} : { drift: summaryOf(drift) }) }
  }
  const drift = rateChange(approvedDefinition, definition)
  return { differences: drift.differences, drift: summaryOf(drift) }
}

function summaryOf({ kind, risk, why, before, after }: ToolDrift) {
  return { kind, risk, why, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) }
}

function namelessTool({ tool, reason }: { readonly tool: string; readonly reason: string }) {
  return {
    name: tool,
    description: '',
    hash: '',
    state: 'refused' as const,
    annotations: {},
    definition: {},
    differences: [],
    flags: [],
    reason,
  }
}
