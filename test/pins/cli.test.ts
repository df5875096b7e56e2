/** The command line as people and scripts know it: names, options and the text of the help, written out. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { cliPagePath, readHelp, renderCliPage } from '../../scripts/cli-page.ts'

const help = await readHelp()
const helpOf = (path: string) => help.find(command => command.path === path)?.help

/** The long names of the options of one help text. */
function optionsOf(text: string): string {
  return [...text.matchAll(/^ {2}(?:-\w, )?--([a-z-]+)/gm)].map(match => match[1]).join(' ')
}

test('docs/reference/cli.md says what --help says', () => {
  expect(readFileSync(cliPagePath, 'utf8'), 'run `npm run docs:cli`').toBe(renderCliPage(help))
})

test('the commands and their options', () => {
  const shared = ' url data-dir json help'
  const filters = ' server grant tool verdict outcome since'
  expect(Object.fromEntries(help.map(command => [command.path, optionsOf(command.help)]))).toEqual({
    sallyport: 'version help',
    'sallyport init': 'client level output project gateway yes dry-run undo keep json help',
    'sallyport start': 'config data-dir env-file port host json help',
    'sallyport demo': 'keep json help',
    'sallyport connect': `token-env${shared}`,
    'sallyport doctor': shared.trim(),
    'sallyport scan': 'project client yes no-start fail-on fail-on-grade allow-empty gateway sarif markdown json help',
    'sallyport server': 'help',
    'sallyport server add': `command arg env cwd header private trust-first yes${shared}`,
    'sallyport server list': shared.trim(),
    'sallyport server show': `full${shared}`,
    'sallyport server review': `tool yes${shared}`,
    'sallyport server remove': `yes${shared}`,
    'sallyport policy': 'help',
    'sallyport policy check': 'tools json help',
    'sallyport policy explain': `tool args args-file policy context tools grant server${shared}`,
    'sallyport policy diff': 'tools fail-on json help',
    'sallyport policy prove': 'never tools json help',
    'sallyport policy import': 'output name yaml json help',
    'sallyport policy test': 'require-coverage junit verbose json help',
    'sallyport policy show': shared.trim(),
    'sallyport policy apply': shared.trim(),
    'sallyport grant': 'help',
    'sallyport grant create': `principal server kind role group label expires${shared}`,
    'sallyport grant list': shared.trim(),
    'sallyport grant rotate': shared.trim(),
    'sallyport grant revoke': `yes${shared}`,
    'sallyport ledger': 'help',
    'sallyport ledger tail': `lines follow${filters}${shared}`,
    'sallyport ledger show': shared.trim(),
    'sallyport ledger export': `format out${filters}${shared}`,
    'sallyport catalogue': 'help',
    'sallyport catalogue search': 'json help',
    'sallyport catalogue show': 'tool policy history json help',
    'sallyport catalogue scan': 'stdio only header env registry yes json help',
    'sallyport catalogue diff': 'fail-on json help',
    'sallyport catalogue build': 'output base-url json help',
    'sallyport catalogue attacks': 'class policy json help',
    'sallyport catalogue classify': 'tool json help',
  })
})

test('every help has an example that starts with the command, and no line is wider than 80 columns', () => {
  for (const { path, help: text } of help) {
    for (const line of text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80)
    if (path === 'sallyport') continue
    expect(text, path).toMatch(new RegExp(`^Examples?:\\n  \\$ (?:\\w+=\\S+ )?${path}`, 'm'))
  }
})

test('the help of the program', () => {
  expect(helpOf('sallyport')).toBe(`Usage: sallyport [options] [command]

Sallyport stands between AI agents and the MCP servers they use: no call reaches
a server without passing the rules, and every call is on record.

Options:
  -V, --version     show the version
  -h, --help        show this help

Run:
  init              put the gateway in front of the servers you have
  start             run the gateway
  demo              see it work: real servers, a real client, ten calls
  connect [server]  bridge a client on stdio to the gateway
  doctor            find out what is missing or wrong

Decide and look:
  scan [file]       report on the servers you have; changes nothing
  server            the MCP servers behind the gateway
  policy            the rules calls are judged by
  grant             who may use which server, under which policy
  ledger            the record of every call
  catalogue         what servers and their tools can do

Start here:
  $ sallyport demo                       see it work, with real servers
  $ sallyport init                       put it in front of the servers you have
  $ sallyport start                      run the gateway on this machine
  $ sallyport doctor                     find out what is missing

Exit codes: 0 ok, 1 finding or refusal, 2 usage, 3 cannot reach the gateway.`)
})

test('the help of start', () => {
  expect(helpOf('sallyport start')).toBe(`Usage: sallyport start [options]

run the gateway

Options:
  --config <file>    servers, policies and grants; sallyport.yaml if it is here
  --data-dir <dir>   where state is kept; the XDG data folder unless given
  --env-file <file>  values for env:NAME; nobody else may read it
  --port <port>      port to listen on; 0 takes a free one (default: 7777)
  --host <host>      address to listen on (default: "127.0.0.1")
  --json             print JSON for programs
  -h, --help         show this help

Example:
  $ sallyport start --config sallyport.yaml`)
})
