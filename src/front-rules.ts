/** Under which names the gateway may be addressed: the loopback names, where it listens, and what the operator names. */
import type { HttpSettings } from './config/http.ts'
import type { FrontRules } from './gateway/deps.ts'
import { isLoopback } from './start-checks.ts'

/** Where the gateway listens. */
export interface Listening {
  readonly host: string
  readonly port: number
}

/** Scheme and authority by which this machine reaches the gateway. */
export function localUrl({ host, port }: Listening): string {
  const bare = host.replace(/^\[|\]$/g, '')
  const reachable = bare === '0.0.0.0' ? '127.0.0.1' : bare === '::' ? '::1' : bare
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`
}

/** The rules that follow from where it listens and from the configuration. Never empty, never a wildcard. */
function frontRules(listening: Listening, settings: HttpSettings): FrontRules {
  const { port, host } = listening
  const own = new Set([
    '127.0.0.1',
    'localhost',
    '[::1]',
    ...(isAny(host) ? [] : [new URL(localUrl(listening)).hostname]),
  ])
  const hosts = new Set<string>()
  const origins = new Set<string>()
  for (const name of own) {
    hosts.add(name)
    if (isLoopback(name)) origins.add(`http://${name}:${port}`)
  }
  for (const name of settings.hosts) hosts.add(name)
  if (settings.publicUrl !== undefined) {
    hosts.add(new URL(settings.publicUrl).hostname)
    origins.add(settings.publicUrl)
  }
  return { allowedHosts: hosts, allowedOrigins: origins, publicUrl: settings.publicUrl ?? localUrl(listening) }
}

function isAny(host: string): boolean {
  return host === '0.0.0.0' || host === '::' || host === '[::]'
}

/** The rules of the configuration in force at each request, whatever it was when the gateway was made. */
export function liveRules(listening: Listening, settingsNow: () => HttpSettings): FrontRules {
  let known: { readonly settings: HttpSettings; readonly port: number; readonly rules: FrontRules } | undefined
  const rules = () => {
    const settings = settingsNow()
    const { port } = listening
    if (known?.settings !== settings || known.port !== port)
      known = { settings, port, rules: frontRules(listening, settings) }
    return known.rules
  }
  return {
    get allowedHosts() {
      return rules().allowedHosts
    },
    get allowedOrigins() {
      return rules().allowedOrigins
    },
    get publicUrl() {
      return rules().publicUrl
    },
  }
}
