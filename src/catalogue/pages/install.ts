/**
 * How a server is started and put behind the gateway: a command line that can be pasted, and the lines of
 * sallyport.yaml. Stand-ins of the scan (dummy credentials, its folders) become names of what belongs there.
 */
import { stringify } from 'yaml'
import type { ServerRecord } from './record.ts'

/** A name npm accepts; what does not fit is never put into a command. */
const packageName = /^(?:@[a-z0-9][a-z0-9._-]*\/)?[a-z0-9][a-z0-9._-]*$/
const exactVersion = /^\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.-]+)?$/

/** `package@version`, when both are what npm accepts. */
function packageOf({ package: name, version }: ServerRecord): string | undefined {
  if (name === undefined || version === undefined) return undefined
  return packageName.test(name) && exactVersion.test(version) ? `${name}@${version}` : undefined
}

/** One line for a shell; nothing when the server does not come from npm. */
export function installLine(record: ServerRecord): string | undefined {
  const name = packageOf(record)
  return name === undefined ? undefined : ['npx', '-y', name, ...argumentsOf(record).map(quoted)].join(' ')
}

/** The page of the package at npm. */
export function packageAddress(record: ServerRecord): string | undefined {
  return packageOf(record) === undefined ? undefined : `https://www.npmjs.com/package/${record.package}`
}

function argumentsOf({ args }: ServerRecord): readonly string[] {
  return args.map(each => {
    const at = each.indexOf('=')
    const isAssigned = at > 0 && each.startsWith('-')
    const value = isAssigned ? each.slice(at + 1) : each
    return isStandIn(value) ? `${isAssigned ? each.slice(0, at + 1) : ''}${replacement(value)}` : each
  })
}

function isStandIn(text: string): boolean {
  return /dummy|^0{16,}$|\{(?:dir|file)\}/.test(text)
}

function replacement(text: string): string {
  if (text.includes('{')) return text.replaceAll('{dir}', '/path/to/folder').replaceAll('{file}', '/path/to/file')
  return 'YOUR_VALUE'
}

function quoted(text: string): string {
  return /^[A-Za-z0-9_./:@=,+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

/** Environment variables that a person has to set: what the scan filled with stand-ins. */
export function neededVariables({ env }: ServerRecord): readonly string[] {
  return Object.entries(env).flatMap(([name, value]) => (isStandIn(value) || isPlaceholder(value) ? [name] : []))
}

/** Whether a person has to write a value of their own into the command line. */
export function needsArguments({ args }: ServerRecord): boolean {
  return args.some(
    each => isStandIn(each.slice(each.startsWith('-') ? each.indexOf('=') + 1 : 0)) && !each.includes('{'),
  )
}

/** Addresses and identities the scan made up. */
function isPlaceholder(value: string): boolean {
  return /example\.com|127\.0\.0\.1|localhost|dummy/.test(value)
}

/** The lines of sallyport.yaml that put the server behind the gateway, with a policy file for it. */
export function configurationText(record: ServerRecord, policyFile: string): string | undefined {
  const name = packageOf(record)
  if (name === undefined && !isAddress(record.url)) return undefined
  const needed = new Set(neededVariables(record))
  const env = Object.fromEntries(
    Object.entries(record.env).map(([key, value]) => [key, needed.has(key) ? `env:${key}` : value]),
  )
  const server =
    name === undefined
      ? { url: record.url }
      : {
          command: 'npx',
          args: ['-y', name, ...argumentsOf(record)],
          ...(Object.keys(env).length === 0 ? {} : { env }),
        }
  const key = nameInConfiguration(record.slug)
  return stringify(
    {
      servers: { [key]: server },
      policies: { [key]: { file: policyFile } },
      grants: { 'my-agent': { principal: 'my-agent', servers: { [key]: key } } },
    },
    { lineWidth: 0 },
  )
}

function isAddress(text: string | undefined): text is string {
  return text !== undefined && /^https:\/\/[a-z0-9.-]+(?::\d+)?\/[A-Za-z0-9/_.-]*$/.test(text)
}

/** A name that sallyport.yaml accepts for a server. */
function nameInConfiguration(slug: string): string {
  const name = slug
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40)
  return name === '' || name === 'sallyport' ? 'server' : name
}
