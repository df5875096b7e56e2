/**
 * The demonstration from start to end: set the stage, play the scenes, show the ledger and how to connect a client.
 * Cleans up whatever happens; fails when a scene came out otherwise than it should.
 */
import { ledgerAnswer, mintedAnswer } from '../cli/shell/answers.ts'
import { clientConfigurations, endpoint } from '../cli/shell/client-config.ts'
import { stop } from '../cli/shell/exits.ts'
import { ledgerHead, ledgerLineText } from '../cli/shell/ledger-lines.ts'
import type { Shell } from '../cli/shell/shell.ts'
import { limits } from '../limits.ts'
import { Account } from './account.ts'
import { grants } from './configuration.ts'
import { playIntern, playLimit, playOperator, playWeather, type Scenery } from './scenes.ts'
import { type Stage, setStage } from './stage.ts'

export interface DemoOptions {
  readonly keep?: boolean
  readonly json?: boolean
}

/** Runs the demonstration. Stops with ERR_DEMO_ACCOUNT when a step did not come out as it should. */
export async function runDemo(shell: Shell, options: DemoOptions): Promise<void> {
  const interrupted = shell.interruption()
  const account = new Account(shell, options.json === true)
  account.say(
    'Sallyport stands between agents and the servers they use. Starting a gateway, two real MCP servers and one made for this …',
  )
  const stage = await setStage(shell.clock, text => account.say(text))
  try {
    if (interrupted.aborted) return
    const tokens = await mintGrants(stage)
    introduce(stage, account)
    const scenery: Scenery = { shell, stage, account, tokens }
    for (const play of [playIntern, playLimit, playOperator, playWeather]) {
      if (interrupted.aborted) return
      await play(scenery)
    }
    await showLedger(shell, stage, account)
    showClients(stage, account, options, tokens)
    if (options.keep) await untilAborted(interrupted)
  } finally {
    await stage.clear()
  }
  if (account.broken > 0) throw stop('ERR_DEMO_ACCOUNT', { count: account.broken })
}

async function mintGrants(stage: Stage): Promise<Record<string, string>> {
  const tokens: Record<string, string> = {}
  for (const grant of grants)
    tokens[grant.name] = (await stage.control.ask('POST', '/grants', mintedAnswer, grant)).token
  return tokens
}

function introduce(stage: Stage, account: Account): void {
  const [everything, files] = stage.packages
  account.tell({
    url: stage.url,
    packages: stage.packages.map(({ name, version }) => ({ name, version })),
  })
  account.say('')
  account.show(`  gateway     ${stage.url}\n`)
  account.show(`  everything  ${everything?.name}, over HTTP\n`)
  account.show(`  files       ${files?.name}, over stdio\n`)
  account.show('  weather     a small server of this demonstration, over HTTP\n')
}

async function showLedger(shell: Shell, stage: Stage, account: Account): Promise<void> {
  const { records } = await stage.control.ask('GET', `/ledger?limit=${limits.cliPageRecordsMax}`, ledgerAnswer)
  const rows = records.toSorted((a, b) => a.seq - b.seq)
  account.tell({ ledger: rows })
  account.head('The ledger: every decision and every outcome, written before the agent saw an answer')
  account.say('')
  account.show(ledgerHead(shell.terminal))
  for (const row of rows) account.show(ledgerLineText(row, shell.terminal, shell.clock.wallMs(), true))
}

function showClients(stage: Stage, account: Account, { keep }: DemoOptions, tokens: Record<string, string>): void {
  const url = endpoint(stage.url, undefined)
  account.head('Point your own client at it')
  for (const { client, file, text } of clientConfigurations(url)) {
    account.say('')
    account.show(`  ${client}: ${file}\n`)
    account.show(text.replaceAll(/^/gm, '    ').concat('\n'))
  }
  account.say('')
  if (!keep) {
    account.say('This gateway is gone now: `sallyport demo --keep` leaves it running, `sallyport start` runs yours.')
    return
  }
  account.tell({
    keep: true,
    url: stage.url,
    endpoint: url,
    tokens,
    configFile: stage.configFile,
    dataDir: stage.dataDir,
  })
  for (const [grant, token] of Object.entries(tokens)) account.show(`  export SALLYPORT_TOKEN=${token}   # ${grant}\n`)
  account.say(`The gateway stays up. Its configuration is ${stage.configFile}; look at it with`)
  account.show(`  sallyport doctor --data-dir ${stage.dataDir}\n`)
  account.say('Ctrl-C ends everything and removes the folder.')
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), { once: true }))
}
