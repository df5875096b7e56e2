/** `sallyport policy`: `show` and `apply`, which speak to the running gateway; the other commands have files of their own. */
import type { Command } from 'commander'
import { judgePolicy, policyCheckCommand, showProblem, summary } from './policy-check.ts'
import { policyDiffCommand } from './policy-diff.ts'
import { policyExplainCommand } from './policy-explain.ts'
import { policyImportCommand } from './policy-import.ts'
import { policyProveCommand } from './policy-prove.ts'
import { policyTestCommand } from './policy-test.ts'
import { doneAnswer, policiesAnswer, policyDocumentAnswer } from './shell/answers.ts'
import { stop } from './shell/exits.ts'
import { readTextFile } from './shell/files.ts'
import { type Cell, type Column, table, visible, visibleLines, wrap } from './shell/layout.ts'
import { type CommonOptions, gatewayCommand, group, printJson, reachGateway, type Shell } from './shell/shell.ts'
import type { Terminal } from './shell/terminal.ts'

/** The commands about policies. */
export function policyCommand(shell: Shell): Command {
  return group(
    'policy',
    'the rules calls are judged by',
    ['sallyport policy check policies/files.json', 'sallyport policy test policies/files.test.yaml'],
    [
      policyCheckCommand(shell),
      policyExplainCommand(shell),
      policyTestCommand(shell),
      policyDiffCommand(shell),
      policyProveCommand(shell),
      policyImportCommand(shell),
      showCommand(shell),
      applyCommand(shell),
    ],
  )
}

function showCommand(shell: Shell): Command {
  return gatewayCommand('show', 'list the policies in force, or print one', [
    'sallyport policy show',
    'sallyport policy show files-readonly',
  ])
    .argument('[name]', 'name of one policy')
    .action(async (name: string | undefined, options: CommonOptions) => {
      const control = reachGateway(shell, options)
      if (name === undefined) {
        const answer = await control.ask('GET', '/policies', policiesAnswer)
        return options.json
          ? printJson(shell, answer)
          : shell.terminal.out(showPolicies(answer.policies, shell.terminal))
      }
      const policy = await control.ask('GET', `/policies/${encodeURIComponent(name)}`, policyDocumentAnswer)
      if (options.json) return printJson(shell, policy)
      const { terminal } = shell
      terminal.out(`${terminal.paint('dim', `# policy ${visible(policy.name)}, version ${policy.version}`)}\n`)
      for (const note of policy.notes ?? [])
        terminal.out(`${terminal.paint('dim', wrap(`note: ${visible(note)}`, terminal.columns - 2, '# '))}\n`)
      const { stringify } = await import('yaml')
      terminal.out(visibleLines(stringify(policy.document)))
    })
}

const policyColumns: readonly Column[] = [
  { title: 'NAME', shrinkTo: 8 },
  { title: 'VERSION' },
  { title: 'MODE' },
  { title: 'MANAGED BY' },
  { title: 'USED BY', shrinkTo: 12 },
]

function showPolicies(
  policies: ReturnType<typeof policiesAnswer.parse>['policies'],
  { columns, paint }: Terminal,
): string {
  if (policies.length === 0)
    return 'no policies yet: every call is denied\n  apply one: sallyport policy apply NAME FILE\n'
  const rows = policies.map(({ name, version, mode, managedBy, grants, servers }): Cell[] => [
    { text: visible(name), style: 'bold' },
    { text: version },
    { text: mode, ...(mode === 'observe' ? { style: 'yellow' as const } : {}) },
    { text: managedBy },
    { text: grants.length === 0 ? '-' : visible(`${grants.join(', ')} on ${servers.join(', ')}`) },
  ])
  return table(policyColumns, rows, { columnsMax: columns, paint })
}

function applyCommand(shell: Shell): Command {
  return gatewayCommand('apply', 'put a policy file in force', [
    'sallyport policy apply files-readonly policies/files.json',
  ])
    .argument('<name>', 'name of the policy')
    .argument('<file>', 'policy, JSON or YAML')
    .action(async (name: string, file: string, options: CommonOptions) => {
      const text = readTextFile(file)
      const loaded = await judgePolicy(name, text)
      const { terminal } = shell
      const say = options.json ? terminal.err : terminal.out
      for (const problem of loaded.problems) say(showProblem(file, problem, terminal))
      if (!loaded.ok) throw stop('ERR_CLI_POLICY', { file, problems: summary(loaded.problems) })
      await reachGateway(shell, options).ask('PUT', `/policies/${encodeURIComponent(name)}`, doneAnswer, { text })
      if (options.json) return printJson(shell, { applied: name, version: loaded.policy.version })
      terminal.out(`policy \`${visible(name)}\` version ${loaded.policy.version} judges from the next call on\n`)
    })
}
