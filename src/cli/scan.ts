/**
 * `sallyport scan`: a report on the MCP servers of this machine, or of one configuration. Reads configurations, looks at
 * servers with consent, and changes nothing; what it finds stays here. Exit 1 over the threshold; where there is nothing
 * to report on it says so with exit 2, unless that is expected.
 */
import { existsSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { clientKinds, type Surroundings } from '../catalogue/clients/kinds.ts'
import type { ConfiguredServer } from '../catalogue/clients/read.ts'
import type { Report } from '../catalogue/report/report.ts'
import type { Outcome, Thresholds } from '../catalogue/report/thresholds.ts'
import { leadsToGateway } from './init/gathering.ts'
import type { Sources } from './scan/sources.ts'
import { surroundings } from './scan/targets.ts'
import { exitCodes, Stop, stop } from './shell/exits.ts'
import { codeOf } from './shell/gateway-address.ts'
import { visible, visibleLines } from './shell/layout.ts'
import { collect, command, found, printJson, type Shell } from './shell/shell.ts'

interface ScanOptions {
  readonly project?: string
  readonly client?: readonly string[]
  readonly start: boolean
  readonly yes?: boolean
  readonly failOn: string
  readonly failOnGrade?: string
  readonly allowEmpty?: boolean
  readonly gateway: string
  readonly sarif?: string
  readonly markdown?: string
  readonly json?: boolean
}

/** `scan`. */
export function scanCommand(shell: Shell): Command {
  return command('scan', 'report on the servers you have; changes nothing', [
    'sallyport scan',
    'sallyport scan .mcp.json --no-start --sarif sallyport.sarif',
    'sallyport scan --client cursor --yes --fail-on medium --fail-on-grade D',
  ])
    .argument('[file]', 'one configuration; those of every client on this machine unless given')
    .option('--project <dir>', 'the project whose files are read; this folder unless given')
    .addOption(new Option('--client <kind>', `only this client (${clientKinds.join(', ')}); repeat`).argParser(collect))
    .option('--yes', 'start programs without asking')
    .option('--no-start', 'start nothing, ask no address: judge what is known without')
    .option('--fail-on <severity>', 'exit 1 from here on: low, medium, high, critical, none', 'high')
    .option('--fail-on-grade <grade>', 'exit 1 at this grade or a worse one: A, B, C, D, F')
    .option('--allow-empty', 'exit 0 where no server is configured')
    .option('--gateway <url>', 'where the gateway listens, to know what goes around it', 'http://127.0.0.1:7777')
    .option('--sarif <file>', 'write SARIF 2.1.0; `-`: standard output')
    .option('--markdown <file>', 'write Markdown; `-`: standard output')
    .action((file: string | undefined, options: ScanOptions) => scan(shell, file, options))
}

async function scan(shell: Shell, file: string | undefined, options: ScanOptions): Promise<void> {
  // everything that can be wrong with the line is said before anything is started
  const thresholds = await readThresholds(options)
  const { readClients, readSources } = await import('./scan/sources.ts')
  const clients = readClients(options.client)
  checkOutputs(options)
  const env = surroundings(shell.terminal.env)
  const where = { ...env, project: resolve(options.project ?? env.project) }
  const isMissing = file !== undefined && !existsSync(file)
  if (isMissing) sayEmpty(shell, `there is no file \`${file}\``, options)
  const sources = isMissing ? { servers: [], texts: new Map(), unread: [] } : readSources(file, where, clients)
  const [broken] = sources.unread
  if (file !== undefined && broken !== undefined)
    throw new Stop(exitCodes.usage, 'ERR_CLIENT_CONFIG', broken.reason, 'correct the file, then scan again')
  if (!isMissing && sources.servers.length + sources.unread.length === 0)
    sayEmpty(shell, nothingIn(file, where), options)
  const report = await reportOn(shell, sources, where, options)
  const { outcomeOf } = await import('../catalogue/report/thresholds.ts')
  const outcome = outcomeOf(report, thresholds)
  if (outcome.isOver) found(shell)
  await print(shell, report, { outcome, thresholds, where, options })
}

async function readThresholds({ failOn, failOnGrade }: ScanOptions): Promise<Thresholds> {
  const { failWords, readFailOn, readGrade } = await import('../catalogue/report/thresholds.ts')
  const severity = readFailOn(failOn)
  if (severity === undefined)
    throw stop('ERR_CLI_USAGE', { reason: `--fail-on does not know \`${failOn}\`` }, `one of ${failWords.join(', ')}`)
  if (failOnGrade === undefined) return { failOn: severity }
  const grade = readGrade(failOnGrade)
  if (grade === undefined)
    throw stop('ERR_CLI_USAGE', { reason: `--fail-on-grade does not know \`${failOnGrade}\`` }, 'one of A, B, C, D, F')
  return { failOn: severity, failOnGrade: grade }
}

function checkOutputs({ sarif, markdown, json }: ScanOptions): void {
  const taken = [sarif === '-', markdown === '-', json === true].filter(Boolean).length
  if (taken > 1) throw stop('ERR_CLI_USAGE', { reason: 'standard output takes one form' }, 'give the others a file')
}

/** Silence is no success: where nothing is configured the person hears of it, and decides beforehand whether it may be. */
function sayEmpty({ terminal }: Shell, reason: string, { allowEmpty }: ScanOptions): void {
  if (!allowEmpty)
    throw stop(
      'ERR_CLI_USAGE',
      { reason: `nothing to report on: ${reason}` },
      'name a configuration, or add --allow-empty if there may be none',
    )
  terminal.err(`${visible(reason)}\n`)
}

function nothingIn(file: string | undefined, { project }: Surroundings): string {
  return file === undefined
    ? `no client here or in ${project} has a server configured`
    : `\`${file}\` configures no server`
}

async function reportOn(shell: Shell, sources: Sources, where: Surroundings, options: ScanOptions): Promise<Report> {
  const { filesOthersRead } = await import('./scan/sources.ts')
  const { bareReason } = await import('./scan/look.ts')
  const { sightsOf } = await import('./scan/sights.ts')
  const { buildReport } = await import('../catalogue/report/report.ts')
  const { placesIn } = await import('../catalogue/report/place.ts')
  const { loadTokenCounter } = await import('../catalogue/classify/tokens.ts')
  const gatewayUrl = options.gateway.replace(/\/+$/, '')
  const leads = (server: ConfiguredServer) => leadsToGateway(server, gatewayUrl)
  const subjects = await sightsOf(shell, sources.servers, where, { ...options, leadsToGateway: leads })
  const places = new Map([...sources.texts].map(([name, { format, text }]) => [name, placesIn(format, name, text)]))
  const start = (file: string) => ({ file, line: 1, column: 1, endLine: 1, endColumn: 1 })
  const unread = sources.unread.map(({ file, reason }) => {
    // a reader that stopped somewhere says where
    const [, line, column] = /line (\d+), column (\d+)$/.exec(reason) ?? []
    const at = { line: Number(line ?? 1), column: Number(column ?? 1) }
    return { note: '', quote: bareReason(reason), place: { file, ...at, endLine: at.line, endColumn: at.column } }
  })
  return buildReport(subjects, unread, {
    readableByOthers: filesOthersRead(sources.texts),
    leadsToGateway: leads,
    placeOf: ({ file }, path) => places.get(file)?.(path) ?? start(file),
    countTokens: await loadTokenCounter(),
  })
}

interface Printing {
  readonly outcome: Outcome
  readonly thresholds: Thresholds
  readonly where: Surroundings
  readonly options: ScanOptions
}

async function print(shell: Shell, report: Report, { outcome, thresholds, where, options }: Printing): Promise<void> {
  const { sarif, markdown, json } = options
  if (sarif !== undefined) {
    const { sarifOf } = await import('../catalogue/report/sarif.ts')
    const log = sarifOf(report, { version: shell.version, ...where })
    if (sarif === '-') printJson(shell, log)
    else writeReport(sarif, `${visibleLines(JSON.stringify(log, null, 2))}\n`)
  }
  if (markdown !== undefined) {
    const { markdownOf } = await import('../catalogue/report/markdown.ts')
    const text = markdownOf(report, outcome, thresholds, where)
    if (markdown === '-') shell.terminal.out(text)
    else writeReport(markdown, text)
  }
  const { worstGrade } = await import('../catalogue/report/thresholds.ts')
  if (json) return printJson(shell, { ...report, outcome, thresholds, worstGrade: worstGrade(report) ?? null })
  if (sarif === '-' || markdown === '-') return
  const { showReport } = await import('./scan/report-text.ts')
  shell.terminal.out(showReport(report, outcome, thresholds, where, shell.terminal))
}

function writeReport(file: string, text: string): void {
  try {
    writeFileSync(file, text)
  } catch (error) {
    const code = codeOf(error)
    if (code === 'unknown') throw error
    throw stop(
      'ERR_CLI_FILE',
      { file, reason: `it cannot be written (${code})` },
      'name a file in a folder that is there',
    )
  }
}
