/**
 * `sallyport policy diff`: what two policies decide differently, with an example for each change that both engines have
 * decided. Exit 0 when they decide every call alike; 1 when they do not, or when nobody can tell. With `--fail-on looser`
 * 1 only when something lets more through, or may. Which order or dialect a document is written in makes no difference.
 */
import { type Command, Option } from 'commander'
import type { Difference, VerdictChange } from '../policy/analysis/difference.ts'
import type { OtherChange } from '../policy/analysis/other-changes.ts'
import { differenceText, type Shown } from './shell/difference-text.ts'
import { openForAnswer, type PolicyFile, placeOfRule } from './shell/policy-file.ts'
import { command, found, printJson, type Shell } from './shell/shell.ts'
import { readToolFacts } from './shell/tool-facts.ts'

interface DiffOptions {
  readonly tools?: string
  readonly failOn?: 'looser'
  readonly json?: boolean
}

/** `policy diff BEFORE AFTER`. */
export function policyDiffCommand(shell: Shell): Command {
  return command('diff', 'say which calls two policies decide differently', [
    'sallyport policy diff policies/files.json new/files.json',
    'sallyport policy diff old.yaml new.yaml --tools tools.json --fail-on looser',
  ])
    .argument('<before>', 'policy, JSON or YAML, in any dialect that is read')
    .argument('<after>', 'the policy that would replace it')
    .option('--tools <file>', 'the tools/list of the server: only its tools, with their annotations')
    .addOption(new Option('--fail-on <what>', 'exit 1 only for such changes').choices(['looser']))
    .action((before: string, after: string, options: DiffOptions) => diff(shell, before, after, options))
}

async function diff(shell: Shell, before: string, after: string, options: DiffOptions): Promise<void> {
  const tools = options.tools === undefined ? undefined : readToolFacts(options.tools)
  const old = await openForAnswer(shell, before, options)
  const fresh = await openForAnswer(shell, after, options)
  const { compileSchema } = await import('../catalogue/schema.ts')
  const { differenceOf } = await import('../policy/analysis/difference.ts')
  const { otherChanges } = await import('../policy/analysis/other-changes.ts')
  const { looseningOf } = await import('../policy/analysis/permissiveness.ts')
  const difference = differenceOf(old, fresh, tools, compileSchema)
  const others = otherChanges(old.document, fresh.document)
  const modes = { before: old.policy.mode, after: fresh.policy.mode }
  const isSame =
    difference.complete &&
    difference.tools.length === 0 &&
    modes.before === modes.after &&
    others.every(({ about }) => about === 'words')
  const looser = looseningOf(difference, others, modes)
  if (options.failOn === 'looser' ? looser !== 'no' : !isSame) found(shell)
  if (options.json) return printJson(shell, { before, after, same: isSame, looser, ...json(difference, others, modes) })
  const places = await placesOf(difference, { before: old, after: fresh })
  const shown: Shown = {
    before,
    after,
    placeOf: cause => places.get(cause),
    tools: options.tools,
    difference,
    others,
    modes,
    looser,
    isSame,
  }
  shell.terminal.out(differenceText(shown, shell.terminal))
}

type Cause = VerdictChange['cause']

/** Where each rule that makes a difference stands, also the ones that only have a name. */
async function placesOf(
  { tools }: Difference,
  files: Readonly<Record<Cause['in'], PolicyFile>>,
): Promise<ReadonlyMap<Cause, string>> {
  const changes = tools.flatMap(({ verdicts }) => verdicts)
  const places = changes.map(async ({ cause, call }) => {
    const place = await placeOfRule(files[cause.in], call.tool, cause.at)
    return [cause, place ?? files[cause.in].file] as const
  })
  return new Map(await Promise.all(places))
}

function json({ tools, complete }: Difference, others: readonly OtherChange[], modes: Shown['modes']): object {
  const changed = tools.some(({ verdicts }) => verdicts.length > 0)
  const isOpen = !complete || tools.some(({ open }) => open.length > 0)
  return {
    verdicts: changed ? 'changed' : isOpen ? 'cannot tell' : 'unchanged',
    mode: modes,
    tools: tools.map(({ tools: names, verdicts, open, limits, listed }) => ({
      tools: names,
      verdicts: verdicts.map(({ from, to, when, cause, call }) => ({
        from,
        to,
        when,
        rule: cause.at,
        in: cause.in,
        call,
      })),
      cannotTell: open.map(({ from, to, when, cause, at, why }) => ({
        from,
        to,
        when,
        rule: cause.at,
        why,
        rules: at,
      })),
      limits,
      ...(listed && { listed }),
    })),
    other: others,
  }
}
