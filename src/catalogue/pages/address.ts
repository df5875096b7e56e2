/**
 * Where a page stands: folders below the root of the site, whatever a tool calls itself. A folder's name is made of
 * a-z, 0-9, `.`, `_`, `-` and never of what a path or a web server gives a meaning. Links are relative, so that the site works
 * in any folder of any host.
 */
import { sha256Hex } from '../../wire/canonical.ts'

/** Names that web servers, file systems or this site give a meaning. */
const taken = /^(?:index\.(?:html|json)|con|prn|aux|nul|(?:com|lpt)\d|.*\.(?:html?|json|js|css|xml|txt|php|cgi))$/
const nameCharsMax = 80

/** A folder for each name, in order, all different also where upper and lower case are one. */
export function folderNames(names: readonly string[]): readonly string[] {
  const used = new Set<string>()
  return names.map((name, at) => {
    const plain = plainOf(name)
    const isOwn = plain !== '' && plain === name.toLowerCase() && !taken.test(plain) && !used.has(plain)
    const folder = isOwn ? plain : marked(plain, name)
    // the same name twice, or one that looks like another's mark
    const free = used.has(folder) ? marked(plain, `${name}\n${at}`) : folder
    used.add(free)
    return free
  })
}

function marked(plain: string, name: string): string {
  return `${plain === '' ? 'tool' : plain}-${sha256Hex(name).slice(0, 8)}`
}

function plainOf(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/\.{2,}/g, '.')
    .replace(/^[.-]+|[.-]+$/g, '')
    .slice(0, nameCharsMax)
    .replace(/[.-]+$/, '')
}

/** The way from the page in folder `from` to `to`, both from the root (`servers/x/`, '' for the root itself). */
export function relative(from: string, to: string): string {
  const up = '../'.repeat(from.split('/').length - 1)
  const way = `${up}${to}`
  return way === '' ? './' : way
}

export const serversFolder = 'servers/'
export const attacksFolder = 'attacks/'
export const riskFolder = 'risk/'
export const driftFolder = 'drift/'
const categoriesFolder = 'categories/'
export const methodFolder = 'method/'

export const serverFolder = (server: string): string => `${serversFolder}${server}/`
export const toolFolder = (server: string, tool: string): string => `${serversFolder}${server}/${tool}/`
export const attackFolder = (id: string): string => `${attacksFolder}${id}/`
export const levelFolder = (level: string): string => `${riskFolder}${level}/`
export const categoryFolder = (category: string): string => `${categoriesFolder}${category.toLowerCase()}/`
