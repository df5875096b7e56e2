/**
 * `sallyport policy import`: a policy of any dialect in the grammar of this gateway, on standard output; what our
 * stricter reading changes, rule by rule, on standard error. Importing what was imported gives the same document.
 */
import { writeFileSync } from 'node:fs'
import type { Command } from 'commander'
import { stop } from './shell/exits.ts'
import { codeOf } from './shell/gateway-address.ts'
import { visibleLines } from './shell/layout.ts'
import { nameOf, openPolicy, type PolicyFile, showNote } from './shell/policy-file.ts'
import { command, type Shell } from './shell/shell.ts'

interface ImportOptions {
  readonly json?: boolean
  readonly yaml?: boolean
  readonly output?: string
  readonly name?: string
}

/** `policy import FILE`. */
export function policyImportCommand(shell: Shell): Command {
  return command('import', 'write a policy of another dialect in the grammar of this gateway', [
    'sallyport policy import intercept.yaml',
    'sallyport policy import hosted.json --output policies/stripe.yaml',
  ])
    .argument('<file>', 'policy: hosted JSON, Intercept YAML, the form of tool-page FAQs, or version "1"')
    .option('--output <file>', 'file to write, instead of standard output')
    .option('--name <name>', 'what the policy is to be called; the name of the file unless given')
    .option('--yaml', 'write YAML; unless told, what the ending of the output says, else what the input is')
    .action((file: string, options: ImportOptions) => importFile(shell, file, options))
}

async function importFile(shell: Shell, file: string, options: ImportOptions): Promise<void> {
  if (options.json && options.yaml) throw stop('ERR_CLI_USAGE', { reason: 'a document is written as JSON or as YAML' })
  const { terminal } = shell
  const policy = await openPolicy(shell, file, { json: options.json })
  const text = await write(policy, isJsonWanted(policy.text, options))
  for (const note of policy.notes) terminal.err(showNote(file, note, terminal))
  if (options.output === undefined) return terminal.out(text)
  writeOut(options.output, text)
  const from = policy.dialect === 'v1' ? '' : ` from the ${policy.dialect} dialect`
  const name = options.name ?? nameOf(options.output)
  terminal.err(`${options.output}: written${from}, version ${policy.policy.version}\n`)
  terminal.err(`  put it in force: sallyport policy apply ${name} ${options.output}\n`)
}

function isJsonWanted(text: string, { json, yaml, output }: ImportOptions): boolean {
  if (json || yaml) return json === true
  if (output !== undefined && /\.(?:json|ya?ml)$/i.test(output)) return /\.json$/i.test(output)
  return /^\s*\{/.test(text)
}

async function write({ document }: PolicyFile, isJson: boolean): Promise<string> {
  if (isJson) return visibleLines(`${JSON.stringify(document, null, 2)}\n`)
  const { stringify } = await import('yaml')
  const look = { lineWidth: 0, aliasDuplicateObjects: false } as const
  const text = stringify(document, look)
  if (visibleLines(text) === text) return text
  // only in double quotes may an invisible character be written as an escape
  return visibleLines(stringify(document, { ...look, defaultStringType: 'QUOTE_DOUBLE' }))
}

function writeOut(file: string, text: string): void {
  try {
    writeFileSync(file, text)
  } catch (error) {
    if (codeOf(error) === 'unknown') throw error
    throw stop('ERR_CLI_FILE', { file, reason: codeOf(error) })
  }
}
