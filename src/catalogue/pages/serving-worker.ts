/**
 * The thread of `serving.ts`: makes the catalogue when it is first asked, and each file when it is first asked for. What
 * was made is kept, up to a number of bytes; the files that come with the program are its only input.
 */
import { parentPort } from 'node:worker_threads'
import { limits } from '../../limits.ts'
import { sha256Hex } from '../../wire/canonical.ts'
import { loadTokenCounter } from '../classify/tokens.ts'
import { buildCatalogue } from './model.ts'
import { readShipped } from './reading.ts'
import { buildSite, type Site } from './site.ts'

/** What is asked: a path from the root of the site that stands at `baseUrl`. */
export type Question = readonly [path: string, baseUrl: string]
/** The same under a number. */
type Ask = readonly [id: number, ...Question]

/** A file; a folder that needs its final `/`; nothing; or why the catalogue cannot be made. */
export type Told =
  | readonly [id: number, 'file', ServedFile]
  | readonly [id: number, 'folder']
  | readonly [id: number, 'missing', ServedFile | undefined]
  | readonly [id: number, 'broken', string]

export interface ServedFile {
  readonly type: string
  readonly text: string
  readonly etag: string
}

const port = parentPort
if (port === null) throw new Error('serving-worker.ts runs as a thread of the gateway, not by itself')

const made = makeCatalogue()
const sites = new Map<string, Site>()
const kept = new Map<string, ServedFile>()
let keptChars = 0

async function makeCatalogue() {
  const { assets, ...source } = readShipped()
  return { assets, catalogue: buildCatalogue({ ...source, countTokens: await loadTokenCounter() }) }
}

async function siteAt(baseUrl: string): Promise<Site> {
  const known = sites.get(baseUrl)
  if (known !== undefined) return known
  const { assets, catalogue } = await made
  const site = buildSite(catalogue, assets, baseUrl)
  // the address changes with the configuration only: what was made for another one is of no more use
  sites.clear()
  kept.clear()
  keptChars = 0
  sites.set(baseUrl, site)
  return site
}

function fileOf(site: Site, path: string): ServedFile | undefined {
  const known = kept.get(path)
  if (known !== undefined) return known
  const file = site.file(path)
  if (file === undefined) return undefined
  const served = { ...file, etag: `"${sha256Hex(file.text).slice(0, 32)}"` }
  if (keptChars + file.text.length > limits.cataloguePagesCharsMax) {
    kept.clear()
    keptChars = 0
  }
  keptChars += file.text.length
  kept.set(path, served)
  return served
}

async function answer([id, path, baseUrl]: Ask): Promise<Told> {
  try {
    const site = await siteAt(baseUrl)
    const file = fileOf(site, path === '' || path.endsWith('/') ? `${path}index.html` : path)
    if (file !== undefined) return [id, 'file', file]
    if (site.has(`${path}/index.html`)) return [id, 'folder']
    return [id, 'missing', fileOf(site, '404.html')]
  } catch (error) {
    return [id, 'broken', error instanceof Error ? error.message : String(error)]
  }
}

port.on('message', (ask: Ask) => void answer(ask).then(told => port.postMessage(told)))
