/**
 * The composition root: a configuration and a data folder in, a running gateway out. Everything that touches the
 * world is made here and handed inward. Refuses to start on a weak set-up or a mistaken configuration, and then
 * leaves nothing behind: no lock, no process, no open port.
 */
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { resolve } from 'node:path'
import { createApi } from './api/app.ts'
import { PagesThread } from './catalogue/pages/serving.ts'
import type { PinnedTool, Pins } from './catalogue/pins.ts'
import { type Clock, systemClock } from './clock.ts'
import { watchFiles } from './config/watch.ts'
import type { Configuration, Reloaded } from './control/configuration.ts'
import type { Looks } from './control/looks.ts'
import { judgeDataFolder, readSealKey, removeAdminRecord, writeAdminRecord } from './data-folder.ts'
import { Fault, type Result } from './errors.ts'
import { liveRules, localUrl } from './front-rules.ts'
import { explainCall } from './gateway/explaining.ts'
import { createMetrics } from './gateway/metrics.ts'
import { createSeal } from './gateway/seal.ts'
import { createGateway, type GatewayHandle } from './gateway/serve.ts'
import { hashToken } from './identity/token.ts'
import type { Ledger } from './ledger/ledger.ts'
import { limits } from './limits.ts'
import type { Logger } from './log.ts'
import { processLogger } from './logger.ts'
import { describeSetUp, isPeerAllowed } from './start-checks.ts'
import type { Store } from './store/port.ts'
import { openStore } from './store/sqlite.ts'
import { openWorld, random, type World } from './world.ts'

export interface StartOptions {
  /** sallyport.yaml; absent: nothing is declared, and everything is added by command. */
  readonly configFile?: string
  readonly dataDir: string
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  readonly logger?: Logger
  readonly clock?: Clock
}

export interface RunningServer {
  /** Scheme and authority by which this machine reaches it. */
  readonly url: string
  readonly port: number
  /** Refuses new calls, waits for open ones, closes the rest as `unknown`, frees the data folder. */
  stop(): Promise<void>
  /** Reads the configuration again. Refuses a mistaken one and keeps the one in force. */
  reload(): Promise<Result<Reloaded>>
}

/**
 * Starts a gateway; resolves when it is ready. It listens before that: requests that come while its servers are looked
 * at are answered. Rejects with Fault ERR_START_REFUSED, ERR_CONFIG_INVALID or a fault of
 * the store.
 */
export async function startServer(options: StartOptions): Promise<RunningServer> {
  const clock = options.clock ?? systemClock
  const log = options.logger ?? processLogger()
  const dataDir = resolve(options.dataDir)
  const sealKey = judgeSetUp(dataDir, options.host)
  const undo: (() => Promise<void> | void)[] = []
  try {
    const store = await openStore({ folder: dataDir, clock, log })
    undo.push(() => store.stop())
    return await start({ options, clock, log, dataDir, sealKey, store, undo })
  } catch (fault) {
    for (const step of undo.reverse()) await step()
    throw fault
  }
}

/** Everything that can be judged before anything is opened. Returns the sealing key. */
function judgeSetUp(dataDir: string, host: string): Uint8Array {
  const problems = judgeDataFolder(dataDir)
  if (problems.length > 0) throw new Fault('ERR_START_REFUSED', { problems: describeSetUp(problems) })
  const key = readSealKey(dataDir, random)
  if (!(key instanceof Uint8Array)) throw new Fault('ERR_START_REFUSED', { problems: describeSetUp([key]) })
  if (host === '')
    throw new Fault('ERR_START_REFUSED', {
      problems: describeSetUp([{ message: '`--host` is empty', remedy: 'write 127.0.0.1' }]),
    })
  return key
}

interface Setting {
  readonly options: StartOptions
  readonly clock: Clock
  readonly log: Logger
  readonly dataDir: string
  readonly sealKey: Uint8Array
  readonly store: Store
  /** What has been started, to be ended in reverse when a later step fails. */
  readonly undo: (() => Promise<void> | void)[]
}

async function start(setting: Setting): Promise<RunningServer> {
  const { options, clock, log, dataDir, store, undo } = setting
  const { configFile, host } = options
  const world = await openWorld({ clock, log, store, version, dataDir, configFile, host, port: options.port })
  const { configuration, servers, looks, ledger } = world
  undo.push(() => servers.stop())
  undo.push(() => looks.stop())
  const loaded = await configuration.open()
  if (!loaded.ok) throw asFault(loaded.refusal)
  let isLookedAt = false
  const handle = openGateway(setting, world, () => isLookedAt)
  undo.push(() => handle.drain(0))
  const port = await listen(handle, options)
  world.listening.port = port
  const url = localUrl({ host: options.host, port })
  writeAdminRecord(dataDir, { url, credential: world.credential, pid: process.pid, startedAt: world.startedAt })
  const watch = watchFiles(clock, async () => {
    await reloadQuietly(configuration, log)
    watch.reset(configuration.files)
  })
  watch.reset(configuration.files)
  // Clients that start together with the gateway are answered from here on; their lists wait for the servers.
  await servers.looked()
  isLookedAt = true
  log.info({ url, servers: servers.list().length, revision: loaded.value.revision }, 'the gateway is ready')
  let stopping: Promise<void> | undefined
  const stop = async () => {
    watch.stop()
    looks.stop()
    removeAdminRecord(dataDir, world.credential)
    await handle.drain(limits.drainMs)
    await ledger.drain(0)
    await servers.stop()
    await ledger.stop()
    await store.stop()
    log.info({}, 'the gateway has stopped')
  }
  return {
    url,
    port,
    stop: () => {
      stopping ??= stop()
      return stopping
    },
    reload: () => configuration.load(),
  }
}

function openGateway({ clock, log, sealKey }: Setting, world: World, isLookedAt: () => boolean): GatewayHandle {
  const { ledger, servers, grants, policies, pins, windows, marks, looks, configuration, apiServers } = world
  const metrics = createMetrics({
    ledger: () => ledger.health(),
    upstreams: () => servers.list().map(({ name, upstream }) => ({ server: name, state: upstream.status().state })),
    openCalls: () => handle.gate.openCalls,
    openStreams: () => handle.gate.streams.size,
  })
  const api = createApi({
    ...{ clock, log, version, configuration, servers, apiServers, policies, grants, pins, looks, ledger },
    startedAt: world.startedAt,
    url: () => localUrl(world.listening),
    credentialHash: hashToken(world.credential),
    explain: (grant, question) => explainCall(handle.gate, grant, question),
    onChange: () => world.announce(),
  })
  const pages = new PagesThread({ clock, log })
  const handle = createGateway(
    {
      ...{ clock, log, random, version, grants, servers, policies, windows, marks, ledger, metrics },
      pins: verifiedPins(pins, looks),
      seal: createSeal(sealKey, random),
      refreshPins: name => looks.request(name),
      firstLook: name => looks.firstLook(name),
      leftOut: name => looks.leftOut(name),
      http: liveRules(world.listening, world.settings),
    },
    {
      api,
      ready: () => readiness(ledger, isLookedAt()),
      catalogue: {
        isOn: () => world.settings().catalogue === true,
        find: (path, baseUrl) => pages.find(path, baseUrl),
      },
    },
  )
  handle.server.on('connection', socket => {
    if (!isPeerAllowed(socket.remoteAddress, world.settings())) socket.destroy()
  })
  handle.server.once('close', () => pages.stop())
  world.announce = name => handle.announceTools(name)
  return handle
}

/**
 * The pins of servers that have shown their definitions since this start. A server that was down has an old pin and
 * may come back with another definition: until it was looked at, nothing of it is callable (P7).
 */
function verifiedPins(pins: Pins, looks: Looks): Pick<Pins, 'get' | 'list' | 'risk'> {
  const asSeen = (pin: PinnedTool): PinnedTool => {
    if (pin.state !== 'approved' || looks.hasSeen(pin.server)) return pin
    looks.request(pin.server)
    return { ...pin, state: 'pending' }
  }
  return {
    get(server, tool) {
      const pin = pins.get(server, tool)
      return pin === undefined ? undefined : asSeen(pin)
    },
    list: server => pins.list(server).map(asSeen),
    risk: pin => pins.risk(pin),
  }
}

function readiness(ledger: Ledger, isLookedAt: boolean): { readonly ok: boolean; readonly reason?: string } {
  if (!isLookedAt) return { ok: false, reason: 'the servers are looked at for the first time' }
  return ledger.health().ok ? { ok: true } : { ok: false, reason: 'records cannot be written' }
}

async function listen(handle: GatewayHandle, { host, port }: StartOptions): Promise<number> {
  await new Promise<void>((done, failed) => {
    handle.server.once('error', cause => {
      const code = (cause as NodeJS.ErrnoException).code ?? cause.message
      const message =
        code === 'EADDRINUSE' ? `another program listens on port ${port}` : `cannot listen on ${host}:${port}: ${code}`
      failed(
        new Fault(
          'ERR_START_REFUSED',
          { problems: describeSetUp([{ message, remedy: 'choose another with --port or --host' }]) },
          cause,
        ),
      )
    })
    handle.server.listen({ host: host.replace(/^\[|\]$/g, ''), port }, () => done())
  })
  return (handle.server.address() as AddressInfo).port
}

async function reloadQuietly(configuration: Configuration, log: Logger): Promise<void> {
  try {
    await configuration.load()
  } catch (fault) {
    log.error({ err: fault }, 'the configuration could not be put in force')
  }
}

/** A refusal at start is a fault: there is no gateway to refuse. */
function asFault(refusal: { readonly code: Fault['refusal']['code']; readonly message: string }): Fault {
  const fault = new Fault(refusal.code)
  return Object.assign(fault, { message: refusal.message, refusal })
}

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
