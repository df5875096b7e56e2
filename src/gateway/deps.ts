/**
 * What the gateway is made of. The composition root (`src/server.ts`) builds it; nothing in this folder reaches for a
 * clock, a random source, a file or a socket of its own.
 */
import type { PinnedTool, Pins } from '../catalogue/pins.ts'
import type { Clock } from '../clock.ts'
import type { Marks } from '../flows/marks.ts'
import type { Grants } from '../identity/grants.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Windows } from '../limits/windows.ts'
import type { Logger } from '../log.ts'
import type { Policy } from '../policy/compile.ts'
import type { Upstream } from '../upstream/upstream.ts'
import type { Metrics } from './metrics.ts'
import type { Seal } from './seal.ts'

/** One server as the path of a call sees it. */
export interface GatewayServer {
  readonly name: string
  readonly upstream: Pick<Upstream, 'identity' | 'openSession' | 'closeSession' | 'send' | 'notify' | 'listen'>
  /** The gateway's own server brings its policy and its definitions; those of a registered one come from people. */
  readonly own?: { readonly policy: Policy; pin(tool: string): PinnedTool | undefined }
}

/** One registered server. */
export interface RegisteredServer extends GatewayServer {
  readonly pin: 'review' | 'trust-first'
  readonly upstream: Upstream
}

export interface GatewayDeps {
  readonly clock: Clock
  readonly log: Logger
  /** Cryptographically strong bytes. */
  readonly random: (bytes: number) => Uint8Array
  readonly version: string
  readonly grants: Pick<Grants, 'find'>
  readonly servers: { get(name: string): GatewayServer | undefined; list(): readonly GatewayServer[] }
  readonly policies: { get(name: string): Policy | undefined }
  readonly pins: Pick<Pins, 'get' | 'list' | 'risk'>
  /** Asks for a fresh, complete look at a server's definitions; returns at once, runs at most once at a time. */
  readonly refreshPins: (server: string) => void
  /**
   * Nothing when a server has shown its definitions since it is in force. Else resolves when it has, when it cannot, or
   * after `firstLookMs`.
   */
  readonly firstLook: (server: string) => Promise<void> | undefined
  /** A list went out without this server: clients are to be told when it is back. */
  readonly leftOut: (server: string) => void
  readonly windows: Windows
  readonly marks: Marks
  readonly ledger: Ledger
  readonly seal: Seal
  readonly metrics: Metrics
  readonly http: FrontRules
}

/** Who may be addressed and from where. Compared exactly; never empty. */
export interface FrontRules {
  /** Host names that name this gateway, lower case, without a port; IPv6 addresses in brackets. */
  readonly allowedHosts: ReadonlySet<string>
  /** Values of `Origin` that are this gateway's own. A request without `Origin` is not from a browser page. */
  readonly allowedOrigins: ReadonlySet<string>
  /** Scheme and authority under which clients reach the gateway, without a final slash. */
  readonly publicUrl: string
}
