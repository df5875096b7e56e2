/**
 * `sallyport doctor`: looks at everything between an agent and its tools, in the order a call meets it, and says for
 * each thing that is not right what to do about it. Exit 1 when there is a finding.
 */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { type StatusAnswer, statusAnswer } from './shell/answers.ts'
import { defaultDataDir } from './shell/data-dir.ts'
import { Stop } from './shell/exits.ts'
import { codeOf } from './shell/gateway-address.ts'
import { count, visible, wrap } from './shell/layout.ts'
import { type CommonOptions, found, gatewayCommand, printJson, reachGateway, type Shell } from './shell/shell.ts'
import { ago, span } from './shell/times.ts'

interface Check {
  readonly name: string
  readonly state: 'ok' | 'finding' | 'note'
  readonly text: string
  readonly remedy?: string
}

/** `doctor`. */
export function doctorCommand(shell: Shell): Command {
  return gatewayCommand('doctor', 'find out what is missing or wrong', ['sallyport doctor']).action(
    async (options: CommonOptions) => {
      const dataDir = options.dataDir ?? defaultDataDir(shell.terminal.env)
      const checks = [checkNode(), ...checkFolder(dataDir), ...(await checkGateway(shell, options))]
      const findings = checks.filter(check => check.state === 'finding')
      if (findings.length > 0) found(shell)
      if (options.json) return printJson(shell, { ok: findings.length === 0, checks })
      for (const check of checks) shell.terminal.out(showCheck(check, shell))
      shell.terminal.out(findings.length === 0 ? '\nnothing is wrong\n' : `\n${count(findings.length, 'finding')}\n`)
    },
  )
}

function showCheck({ name, state, text, remedy }: Check, { terminal }: Shell): string {
  const { paint, columns } = terminal
  const marks = { ok: paint('green', 'ok'), finding: paint('red', '!!'), note: paint('yellow', '--') }
  const indent = ' '.repeat(17)
  const first = wrap(text, columns, indent).slice(indent.length)
  const rest = remedy === undefined ? '' : `${wrap(remedy, columns, indent)}\n`
  return `${marks[state]}  ${paint('bold', name)}${' '.repeat(Math.max(1, 13 - name.length))}${first}\n${rest}`
}

function checkNode(): Check {
  return { name: 'node', state: 'ok', text: process.versions.node }
}

/** What others must not read, and what they must not write: the gateway refuses to start on either. */
const secretFiles = ['admin.json', 'seal.key', 'sallyport.db', 'sallyport.db-wal']
const readable = 0o077
const writable = 0o022

/** The data folder and its files: theirs alone, whoever runs the gateway. */
function checkFolder(dataDir: string): Check[] {
  const mode = modeOf(dataDir)
  if (mode === undefined) {
    const remedy = 'it is made by the first `sallyport start`; name another with --data-dir'
    return [{ name: 'data folder', state: 'finding', text: `${dataDir} does not exist`, remedy }]
  }
  const wide = [
    ...((mode & writable) === 0 ? [] : [{ path: dataDir, verb: 'change', right: '700' }]),
    ...secretFiles.flatMap(file => judgeFile(join(dataDir, file), readable, 'read')),
    ...judgeFile(join(dataDir, 'servers.yaml'), writable, 'change'),
  ]
  if (wide.length === 0) return [{ name: 'data folder', state: 'ok', text: dataDir }]
  return wide.map(({ path, verb, right }) => ({
    name: 'permissions',
    state: 'finding',
    text: `others on this machine may ${verb} ${path}`,
    remedy: `chmod ${right} ${path}`,
  }))
}

function judgeFile(path: string, bits: number, verb: string): { path: string; verb: string; right: string }[] {
  return ((modeOf(path) ?? 0) & bits) === 0 ? [] : [{ path, verb, right: '600' }]
}

function modeOf(path: string): number | undefined {
  try {
    return statSync(path).mode
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

async function checkGateway(shell: Shell, options: CommonOptions): Promise<Check[]> {
  let status: StatusAnswer
  try {
    status = await reachGateway(shell, options).ask('GET', '/status', statusAnswer)
  } catch (error) {
    if (!(error instanceof Stop)) throw error
    const remedy = error.remedy === undefined ? {} : { remedy: error.remedy }
    return [{ name: 'gateway', state: 'finding', text: error.message, ...remedy }]
  }
  const nowMs = shell.clock.wallMs()
  return [
    {
      name: 'gateway',
      state: 'ok',
      text: `${status.url}, version ${status.version}, started ${ago(Date.parse(status.startedAt), nowMs)}`,
    },
    ...checkVersion(status, shell.version),
    checkConfig(status),
    checkLedger(status),
    ...checkServers(status),
  ]
}

function checkVersion(status: StatusAnswer, version: string): Check[] {
  if (status.version === version) return []
  const text = `the gateway is version ${status.version}, this command is ${version}`
  return [{ name: 'version', state: 'note', text, remedy: 'restart the gateway after an upgrade' }]
}

function checkConfig({ config }: StatusAnswer): Check {
  const file = config.file ?? 'no configuration file; everything was added by command'
  if (config.lastError === undefined) return { name: 'config', state: 'ok', text: visible(file) }
  const text = `${visible(file)} was not taken over: ${visible(config.lastError)}`
  return {
    name: 'config',
    state: 'finding',
    text,
    remedy: 'repair it; until then the last good configuration is in force',
  }
}

function checkLedger({ ledger }: StatusAnswer): Check {
  if (ledger.ok)
    return {
      name: 'ledger',
      state: 'ok',
      text: `writes are durable, ${Math.round(ledger.lagMs)} ms behind, ${ledger.queued} waiting`,
    }
  const why = ledger.lastError === undefined ? `${span(ledger.lagMs)} behind` : visible(ledger.lastError)
  const remedy = 'calls are refused until it writes again: check disk space and permissions of the data folder'
  return { name: 'ledger', state: 'finding', text: `records cannot be written: ${why}`, remedy }
}

function checkServers({ servers }: StatusAnswer): Check[] {
  if (servers.length === 0)
    return [
      {
        name: 'servers',
        state: 'finding',
        text: 'there are none',
        remedy: 'add one: sallyport server add NAME https://…',
      },
    ]
  return servers.flatMap(({ name, state, era, tools, pending, lastError }): Check[] => {
    const shown = visible(name)
    const failing: Check = {
      name: 'server',
      state: 'finding',
      text: `${shown} fails: ${visible(lastError ?? 'no reason given')}`,
      remedy: `look at its address or command: sallyport server show ${shown}`,
    }
    const fine: Check = {
      name: 'server',
      state: 'ok',
      text: `${shown}, ${state}${era === undefined ? '' : `, ${era} protocol`}, ${count(tools, 'tool')}`,
    }
    const waiting: Check = {
      name: 'review',
      state: 'finding',
      text: `${count(pending, 'tool')} of ${shown} ${pending === 1 ? 'waits' : 'wait'} for review and cannot be called`,
      remedy: `sallyport server review ${shown}`,
    }
    return [state === 'failing' ? failing : fine, ...(pending > 0 ? [waiting] : [])]
  })
}
