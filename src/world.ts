/**
 * Everything a gateway consists of apart from its HTTP front: opened from the store in an order in which nothing is
 * used before it is known. Nothing here listens, and no server is contacted until the configuration is loaded.
 */
import { randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import { builtinDocument } from './builtin/policy.ts'
import { Pins } from './catalogue/pins.ts'
import type { Clock } from './clock.ts'
import { readTextFile } from './config/files.ts'
import { type HttpSettings, noHttpSettings } from './config/http.ts'
import { ApiServers } from './control/api-servers.ts'
import { Configuration } from './control/configuration.ts'
import { Looks } from './control/looks.ts'
import { Policies, windowsOf } from './control/policies.ts'
import { Servers } from './control/servers.ts'
import { hostFileOf } from './data-folder.ts'
import { Marks } from './flows/marks.ts'
import { MarkMemory } from './flows/remember.ts'
import type { Listening } from './front-rules.ts'
import { Grants } from './identity/grants.ts'
import { type Ledger, openLedger } from './ledger/ledger.ts'
import { LookBack } from './limits/look-back.ts'
import { Windows } from './limits/windows.ts'
import { limits } from './limits.ts'
import type { Logger } from './log.ts'
import { judgeListening } from './start-checks.ts'
import type { Store } from './store/port.ts'
import { createUpstream } from './upstream/upstream.ts'

export interface WorldDeps {
  readonly clock: Clock
  readonly log: Logger
  readonly store: Store
  readonly version: string
  readonly dataDir: string
  readonly configFile: string | undefined
  readonly host: string
  readonly port: number
}

export interface World {
  readonly ledger: Ledger
  readonly windows: Windows
  readonly marks: Marks
  readonly grants: Grants
  readonly pins: Pins
  readonly policies: Policies
  readonly servers: Servers
  readonly apiServers: ApiServers
  readonly looks: Looks
  readonly configuration: Configuration
  readonly credential: string
  readonly startedAt: string
  /** `port` is the one asked for until the gateway listens. */
  readonly listening: Listening & { port: number }
  readonly settings: () => HttpSettings
  /** Set once the gateway exists. */
  announce: (server?: string) => void
}

/** Opens it. Throws a Fault when the store holds something that cannot be read. */
export async function openWorld({
  clock,
  log,
  store,
  version,
  dataDir,
  configFile,
  host,
  port,
}: WorldDeps): Promise<World> {
  const rows = store.state
  const ledger = await openLedger({ store, clock, log })
  const windows = new Windows(clock)
  const lookBack = new LookBack({ windows, log, recent: range => ledger.recent(range) })
  const grants = await Grants.open({ clock, rows, random })
  const pins = await Pins.open({ clock, rows })
  const marks = new Marks(clock)
  const memory = new MarkMemory({ marks, clock, marked: ageMs => ledger.marked(ageMs) })
  const policies = await Policies.open({
    ...{ rows, log },
    prepare: declared => lookBack.prepare(declared),
    remember: withinMs => memory.prepare(withinMs),
  })
  await lookBack.prepare(windowsOf(builtinDocument([])))
  const apiServers = await ApiServers.open({ rows, env: process.env, log })
  let settings = noHttpSettings
  const looks = new Looks({
    pins,
    clock,
    log,
    version,
    server: name => servers.get(name),
    onChange: name => world.announce(name),
  })
  const servers = new Servers({
    clock,
    log,
    make: entry => createUpstream(entry, { clock, log, name: 'sallyport', version }),
    // A timer, not a sleep: what is left of it must not keep a stopped gateway's process alive.
    look: async server =>
      void (await Promise.race([
        looks.look(server),
        new Promise<void>(given => clock.timer(limits.firstLookMs, given)),
      ])),
    onRetire: upstream => looks.forget(upstream),
  })
  const configuration = new Configuration({
    input: {
      ...(configFile === undefined ? {} : { file: resolve(configFile) }),
      hostFile: hostFileOf(dataDir),
      env: process.env,
      readFile: readTextFile,
    },
    ...{ log, servers, apiServers, policies, grants },
    judge: config => judgeListening(host, config.http),
    onConfig: config => {
      settings = config.http
    },
    onChange: () => world.announce(),
  })
  const world: World = {
    ...{ ledger, windows, marks, grants, pins, policies, servers, apiServers, looks, configuration },
    credential: `spa_${Buffer.from(random(32)).toString('base64url')}`,
    startedAt: new Date(clock.wallMs()).toISOString(),
    listening: { host, port },
    settings: () => settings,
    announce: () => undefined,
  }
  return world
}

/** Cryptographically strong bytes. */
export function random(bytes: number): Uint8Array {
  return randomBytes(bytes)
}
