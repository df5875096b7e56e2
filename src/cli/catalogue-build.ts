/**
 * `sallyport catalogue build`: the catalogue as a static site, offline. Every file of it is written into one folder; a
 * folder that holds anything else is refused, so that nothing of somebody's is overwritten.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Command } from 'commander'
import type { CatalogueServer } from '../catalogue/pages/model.ts'
import { stop } from './shell/exits.ts'
import { count, wrap } from './shell/layout.ts'
import { command, printJson, type Shell } from './shell/shell.ts'

interface BuildOptions {
  readonly output: string
  readonly baseUrl: string
  readonly json?: boolean
}

/** Where a gateway with the settings it comes with serves the same pages. */
const localAddress = 'http://127.0.0.1:7777/catalogue/'
/** Present in a folder that this command has written. */
const markFile = 'llms.txt'
const markText = '# Sallyport catalogue'

/** `catalogue build`. */
export function catalogueBuildCommand(shell: Shell): Command {
  return command('build', 'write the catalogue as a static site', [
    'sallyport catalogue build --output site',
    'sallyport catalogue build --output site --base-url https://example.com/',
  ])
    .requiredOption('--output <dir>', 'folder to write; what an earlier build left there is replaced')
    .option('--base-url <url>', 'where the site will stand, for its canonical addresses', localAddress)
    .action((options: BuildOptions) => build(shell, options))
}

async function build(shell: Shell, options: BuildOptions): Promise<void> {
  const baseUrl = addressOf(options.baseUrl)
  const output = resolve(options.output)
  refuseForeign(output, options.output)
  const startedMs = shell.clock.steadyMs()
  const { files, bytes, servers, tools } = await writeSite(shell, output, baseUrl, options.json !== true)
  const seconds = Number(((shell.clock.steadyMs() - startedMs) / 1000).toFixed(1))
  if (options.json) return printJson(shell, { output, baseUrl, servers, tools, files, bytes, seconds })
  const { columns } = shell.terminal
  const size = `${(bytes / 2 ** 20).toFixed(1)} MiB`
  shell.terminal.out(
    `${wrap(`${count(servers, 'server')}, ${count(tools, 'tool')}: ${count(files, 'file')}, ${size}, in ${seconds} s`, columns)}\n`,
  )
  shell.terminal.out(`${wrap(`${options.output} is made to stand at ${baseUrl}`, columns)}\n`)
}

async function writeSite(shell: Shell, output: string, baseUrl: string, isTalking: boolean) {
  // loaded here: other commands start without the pages, the attacks and the vocabulary
  const { readShipped } = await import('../catalogue/pages/reading.ts')
  const { buildCatalogue } = await import('../catalogue/pages/model.ts')
  const { buildSite } = await import('../catalogue/pages/site.ts')
  const { loadTokenCounter } = await import('../catalogue/classify/tokens.ts')
  const { assets, ...source } = readShipped()
  const say = isTalking ? progressOf(shell) : () => undefined
  say(`rating the tools of ${count(source.records.length, 'server')}`)
  const catalogue = buildCatalogue({ ...source, countTokens: await loadTokenCounter() })
  const site = buildSite(catalogue, assets, baseUrl)
  // not before there is something to put in its place
  attempt(output, () => rmSync(output, { recursive: true, force: true }))
  let bytes = 0
  for (const [at, path] of site.paths.entries()) {
    if (at % filesPerStep === 0) say(`${at} of ${site.paths.length} files`)
    const text = site.file(path)?.text ?? ''
    mkdirSync(dirname(join(output, path)), { recursive: true })
    writeFileSync(join(output, path), text)
    bytes += Buffer.byteLength(text)
  }
  say('')
  const tools = catalogue.servers.reduce((sum: number, server: CatalogueServer) => sum + server.tools.length, 0)
  return { files: site.paths.length, bytes, servers: catalogue.servers.length, tools }
}

const filesPerStep = 250

/** One line that is written over, on a terminal; nothing in a pipe. */
function progressOf({ terminal }: Shell): (text: string) => void {
  if (!terminal.interactive) return () => undefined
  return text => terminal.err(`\r\x1b[K${text}`)
}

function addressOf(text: string): string {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '' || url.username !== '')
    throw stop(
      'ERR_CLI_USAGE',
      { reason: `\`${text}\` is no address of a site` },
      'write it like https://example.com/catalogue/',
    )
  return url.href.endsWith('/') ? url.href : `${url.href}/`
}

/** Refuses a folder that holds something else than what an earlier build wrote. */
function refuseForeign(output: string, given: string): void {
  if (!existsSync(output)) return
  const names = attempt(given, () => readdirSync(output))
  if (names.length === 0) return
  const mark = join(output, markFile)
  if (!existsSync(mark) || !readFileSync(mark, 'utf8').startsWith(markText))
    throw stop(
      'ERR_CLI_USAGE',
      { reason: `\`${given}\` holds something else than a catalogue` },
      'name a new or an empty folder',
    )
}

function attempt<T>(given: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw stop('ERR_CLI_FILE', { file: given, reason }, 'name a folder that can be written')
  }
}
