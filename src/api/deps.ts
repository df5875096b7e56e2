/** What the control API works on. The composition root builds it. */
import type { Explained, Question } from '../builtin/explained.ts'
import type { Pins } from '../catalogue/pins.ts'
import type { Clock } from '../clock.ts'
import type { ApiServers } from '../control/api-servers.ts'
import type { Configuration } from '../control/configuration.ts'
import type { Looks } from '../control/looks.ts'
import type { Policies } from '../control/policies.ts'
import type { Servers } from '../control/servers.ts'
import type { Grant } from '../identity/grant.ts'
import type { Grants } from '../identity/grants.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Logger } from '../log.ts'

export interface ApiDeps {
  readonly clock: Clock
  readonly log: Logger
  readonly version: string
  /** ISO time of this start. */
  readonly startedAt: string
  /** Where the gateway listens. */
  readonly url: () => string
  /** SHA-256 of the admin credential, hex. */
  readonly credentialHash: string
  readonly configuration: Configuration
  readonly servers: Servers
  readonly apiServers: ApiServers
  readonly policies: Policies
  readonly grants: Grants
  readonly pins: Pins
  readonly looks: Looks
  readonly ledger: Ledger
  /** What a call of this grant would be answered at this moment. */
  readonly explain: (grant: Grant, question: Question) => Explained
  /** Called when what callers may see has changed. */
  readonly onChange: () => void
}
