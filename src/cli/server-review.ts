/**
 * `sallyport server review`: shows what waits for a person: new definitions whole, changed ones member by member.
 * An approval names the hash that was shown: a definition that moves meanwhile is refused, not approved unseen.
 */
import type { Command } from 'commander'
import { reviewAnswer, type ToolAnswer } from './shell/answers.ts'
import { type Control, listTools } from './shell/control.ts'
import { showDefinition, showDifferences } from './shell/definitions.ts'
import { stop } from './shell/exits.ts'
import { count, visible } from './shell/layout.ts'
import {
  type CommonOptions,
  collect,
  confirm,
  found,
  gatewayCommand,
  printJson,
  reachGateway,
  type Shell,
} from './shell/shell.ts'

interface ReviewOptions extends CommonOptions {
  readonly tool?: readonly string[]
  readonly yes?: boolean
}

/** `server review NAME`. */
export function serverReviewCommand(shell: Shell): Command {
  return gatewayCommand('review', 'look at new and changed tools, and approve them', ['sallyport server review files'])
    .argument('<name>', 'name of the server')
    .option('--tool <tool>', 'only this tool; repeat', collect)
    .option('--yes', 'approve without asking')
    .action(async (name: string, options: ReviewOptions) => {
      const control = reachGateway(shell, options)
      if (options.json && !options.yes) return listWaiting(shell, control, name, options)
      const approved = await reviewTools(shell, control, name, options)
      if (options.json) printJson(shell, { approved })
    })
}

/** Under `--json` nobody is asked: what waits is printed, and is a finding. */
async function listWaiting(shell: Shell, control: Control, name: string, options: ReviewOptions): Promise<void> {
  const pending = await waitingTools(control, name, options.tool)
  printJson(shell, { pending })
  if (pending.length > 0) found(shell)
}

/** Shows what waits, asks, approves. Returns the names that were approved; stops when the answer is no. */
export async function reviewTools(
  shell: Shell,
  control: Control,
  server: string,
  options: ReviewOptions,
): Promise<readonly string[]> {
  const { terminal } = shell
  const say = (text: string) => (options.json ? undefined : terminal.out(text))
  const pending = await waitingTools(control, server, options.tool)
  if (pending.length === 0) {
    say(`nothing waits for review on \`${visible(server)}\`\n`)
    return []
  }
  for (const tool of pending) {
    const changed = (tool.differences ?? []).length > 0
    say(`\n${changed ? showDifferences(tool, terminal) : showDefinition(tool, terminal)}`)
  }
  say('\n')
  const question = `approve ${pending.length === 1 ? 'this definition' : `these ${count(pending.length, 'definition')}`} of \`${visible(server)}\`?`
  if (!(await confirm(shell, question, options.yes))) throw stop('ERR_CLI_NOT_CONFIRMED', { done: 'approved' })
  const approve = pending.map(({ name, hash }) => ({ tool: name, hash }))
  await control.ask('POST', `/servers/${encodeURIComponent(server)}/review`, reviewAnswer, { approve })
  say(
    `${count(pending.length, 'tool')} of \`${visible(server)}\` ${pending.length === 1 ? 'is' : 'are'} callable now, where a policy allows it\n`,
  )
  return pending.map(tool => tool.name)
}

async function waitingTools(
  control: Control,
  server: string,
  only: readonly string[] | undefined,
): Promise<ToolAnswer[]> {
  const tools = await listTools(control, server)
  for (const name of only ?? [])
    if (!tools.some(tool => tool.name === name))
      throw stop(
        'ERR_CLI_USAGE',
        { reason: `server \`${server}\` has no tool \`${name}\`` },
        `see sallyport server show ${server}`,
      )
  return tools.filter(tool => tool.state === 'pending' && (only === undefined || only.includes(tool.name)))
}
