/**
 * `sallyport policy explain`: what a policy says about one call, and why. With `--policy` offline, from a file; with
 * `--grant` and `--server` from the running gateway, with the room in its limits. Nothing is forwarded or counted.
 * Exit 0 when the call is allowed, 1 when it is denied or put before a person.
 */
import type { Command } from 'commander'
import { z } from 'zod'
import type { Problem } from '../policy/problem.ts'
import type { DecisionInput } from '../policy/verdict.ts'
import type { JsonObject } from '../wire/json-types.ts'
import { stop } from './shell/exits.ts'
import { type Explained, explanationText } from './shell/explanation-text.ts'
import { readArguments, readJsonOption, readTextOrInput } from './shell/json-option.ts'
import { visible, wrap } from './shell/layout.ts'
import { definitionsOf, openJudge } from './shell/offline-call.ts'
import { openPolicy, placeOfRule } from './shell/policy-file.ts'
import { type CommonOptions, found, gatewayCommand, printJson, reachGateway, type Shell } from './shell/shell.ts'
import { readDefinitions } from './shell/tool-facts.ts'

interface ExplainOptions extends CommonOptions {
  readonly tool: string
  readonly args?: string
  readonly argsFile?: string
  readonly policy?: string
  readonly context?: string
  readonly tools?: string
  readonly grant?: string
  readonly server?: string
}

/** `policy explain`. */
export function policyExplainCommand(shell: Shell): Command {
  return gatewayCommand('explain', 'say what a policy decides about a call, and why', [
    `sallyport policy explain --policy pay.yaml --tool pay --args '{"amount": 9}'`,
    `sallyport policy explain --policy pay.yaml --tool pay --tools tools.json`,
    `sallyport policy explain --grant ci --server bank --tool pay --args-file -`,
  ])
    .requiredOption('--tool <name>', 'the tool called, or another door such as resources/read')
    .option('--args <json>', 'its arguments; {} unless given')
    .option('--args-file <file>', 'a file with its arguments, or - for standard input')
    .option('--policy <file>', 'a policy file: asks offline')
    .option('--context <json>', 'who, when and with what: caller, grant, server, tool, time, recent')
    .option('--tools <file>', 'the tools/list of the server: its schemas, annotations and ratings count too')
    .option('--grant <name>', 'a grant: asks the running gateway')
    .option('--server <name>', 'the server the grant would call')
    .action((options: ExplainOptions) => explainCall(shell, options))
}

async function explainCall(shell: Shell, options: ExplainOptions): Promise<void> {
  refuseMixture(options)
  const args = await argumentsOf(shell, options)
  return options.policy === undefined ? askGateway(shell, options, args) : askFile(shell, options, options.policy, args)
}

function refuseMixture({ args, argsFile, policy, grant, server, context, tools }: ExplainOptions): void {
  const usage = (reason: string, remedy: string) => stop('ERR_CLI_USAGE', { reason }, remedy)
  if (args !== undefined && argsFile !== undefined)
    throw usage('--args and --args-file both name the arguments', 'give one of them')
  if (policy !== undefined && (grant !== undefined || server !== undefined))
    throw usage(
      '--policy asks offline, --grant and --server ask the running gateway',
      'give --policy alone; who calls which server is said in --context',
    )
  if (policy === undefined && (grant === undefined || server === undefined))
    throw usage(
      'there is nothing to ask',
      'name a file with --policy, or a grant of the running gateway with --grant and --server',
    )
  if (policy === undefined && (context !== undefined || tools !== undefined))
    throw usage(
      '--context and --tools are for --policy: the gateway knows its grants and servers',
      'leave them out, or ask offline with --policy',
    )
}

async function argumentsOf({ terminal }: Shell, { args, argsFile }: ExplainOptions): Promise<JsonObject> {
  if (args !== undefined) return readArguments('--args', args)
  return argsFile === undefined ? {} : readArguments('--args-file', await readTextOrInput(argsFile, terminal.stdin))
}

async function askFile(shell: Shell, options: ExplainOptions, file: string, args: JsonObject): Promise<void> {
  const { tool, json } = options
  const tools = options.tools === undefined ? undefined : readDefinitions(options.tools)
  const input: DecisionInput = { tool, args, ...(await contextOf(shell, options.context)) }
  const opened = await openPolicy(shell, file, { json })
  const { policy, placeOf } = opened
  const definitions = tools === undefined ? undefined : await definitionsOf(tools, input.server.name)
  const judge = await openJudge()
  const explained = judge(policy, input, definitions)
  if (explained.verdict !== 'allow') found(shell)
  if (json) return printJson(shell, explanationJson(explained))
  const { terminal } = shell
  const decidedAt = await placeOfRule(opened, tool, explained.rule)
  const placeFor = (rule: string) => (rule === explained.rule ? decidedAt : placeOf(rule))
  terminal.out(explanationText(callText(tool, args), explained, placeFor, terminal))
  if (explained.limits.length === 0) return
  const hint = 'whether there is room in the limits only a running gateway knows: ask it with --grant and --server'
  terminal.out(`\n${terminal.paint('dim', wrap(hint, terminal.columns))}\n`)
}

async function contextOf(shell: Shell, text: string | undefined): Promise<Omit<DecisionInput, 'tool' | 'args'>> {
  const { readContext } = await import('../policy/explain.ts')
  const given = text === undefined ? undefined : readJsonOption('--context', text)
  const reading = readContext(given, shell.clock.wallMs())
  if (reading.ok) return reading.context
  const [first] = reading.problems as readonly [Problem, ...Problem[]]
  const where = first.path === '' ? '' : ` at ${first.path}`
  throw stop('ERR_CLI_USAGE', { reason: `--context is refused${where}: ${first.message}` }, first.remedy)
}

const explainAnswer = z.looseObject({
  server: z.string(),
  grant: z.string(),
  grantState: z.string().optional(),
  tool: z.string(),
  explanation: z.custom<Explained>(value => typeof value === 'object' && value !== null && 'verdict' in value),
})

async function askGateway(shell: Shell, options: ExplainOptions, args: JsonObject): Promise<void> {
  const { tool, grant, server, json } = options
  const control = reachGateway(shell, options)
  const answer = await control.ask('POST', '/explain', explainAnswer, { grant, server, tool, args })
  const { explanation, ...asked } = answer
  if (explanation.verdict !== 'allow') found(shell)
  if (json) return printJson(shell, { ...explanationJson(explanation), ...asked })
  const { terminal } = shell
  terminal.out(explanationText(callText(tool, args), explanation, () => undefined, terminal))
  const { grantState } = answer
  if (grantState === undefined || grantState === 'active') return
  const text = `the grant \`${grant}\` is ${grantState}: no call of it passes, whatever the policy says`
  terminal.out(`\n${terminal.paint('yellow', wrap(visible(text), terminal.columns))}\n`)
}

/** The members programs rely on come first; `wouldPassIf` is null where no single change would do. */
function explanationJson({ verdict, rule, message, facts, wouldPassIf, error, ...more }: Explained): object {
  const known = { verdict, rule, message, facts, wouldPassIf: wouldPassIf ?? null }
  return { ...known, ...(error === undefined ? {} : { error }), ...more }
}

const shownArgsMax = 200

function callText(tool: string, args: JsonObject): string {
  const text = JSON.stringify(args)
  return `${tool} ${text.length > shownArgsMax ? `${text.slice(0, shownArgsMax)}…` : text}`
}
