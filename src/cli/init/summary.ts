/** Everything `init` is about to do, on one page, before it does any of it. */
import { relative } from 'node:path'
import { treatments } from '../../catalogue/recommend.ts'
import { count, visible, wrap } from '../shell/layout.ts'
import type { Shell } from '../shell/shell.ts'
import { decidedFor, notYet } from './review.ts'
import type { ClientFile, Writing } from './storing.ts'
import type { Admitted } from './writing.ts'

/** One entry that stays as it is. */
export interface Left {
  readonly name: string
  readonly reason: string
}

/** How many tools would be refused because nobody can approve yet. */
export function waitingTools(admitted: readonly Admitted[]): number {
  return admitted
    .flatMap(({ tools, decided }) => tools.map(tool => decidedFor(tool, decided)))
    .filter(treatment => treatment === 'approve').length
}

/** The servers with what is let through, the entries that stay, and every file. */
export function showSummary(
  admitted: readonly Admitted[],
  left: readonly Left[],
  { folder, writings }: { readonly folder: string; readonly writings: readonly Writing[] },
  { terminal }: Shell,
): string {
  const { paintErr, columns } = terminal
  const line = (text: string) => `${wrap(text, columns, '    ').replace(/^ {4}/, '  ')}\n`
  const servers = admitted.map(each => line(`${visible(each.server.name)}: ${treatedAs(each)}`))
  const own = writings.flatMap(each => (each.kind === 'new' ? [relative(folder, each.file)] : []))
  const files = [
    line(`new in ${visible(folder)}: ${own.map(visible).join(', ')}`),
    ...writings.flatMap(each => (each.kind === 'client' ? [line(changedWords(each, admitted))] : [])),
  ]
  const waiting = waitingTools(admitted)
  return [
    `\n${paintErr('bold', 'behind the gateway')}\n`,
    ...servers,
    ...(waiting === 0 ? [] : [line(`${count(waiting, 'tool')} would need approval: ${notYet}`)]),
    ...(left.length === 0 ? [] : [`${paintErr('bold', 'left as they are')}\n`]),
    ...left.map(({ name, reason }) => line(`${visible(name)}: ${visible(reason)}`)),
    `${paintErr('bold', 'files')} (what they replace is kept for --undo)\n`,
    ...files,
  ].join('')
}

function treatedAs({ tools, decided }: Admitted): string {
  const counts = treatments.flatMap(treatment => {
    const number = tools.filter(tool => decidedFor(tool, decided) === treatment).length
    return number === 0 ? [] : [`${number} ${treatment}`]
  })
  return `${decided.level}; ${counts.length === 0 ? 'no tools' : counts.join(', ')}`
}

function changedWords(writing: ClientFile, admitted: readonly Admitted[]): string {
  const names = writing.edits.map(({ at }) => visible(at.at(-1) ?? '')).join(', ')
  const isShared = admitted.some(({ server }) =>
    server.configured.some(({ file, scope }) => file === writing.file && scope === 'project'),
  )
  return `changed ${visible(writing.file)}: ${names}${isShared ? '; for everyone on the project' : ''}`
}
