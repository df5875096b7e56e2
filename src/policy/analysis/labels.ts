/** What a class of tool names is called: by the entry that lists it, or by what it is mistaken for. */
import type { Json, JsonObject } from '../../wire/json-types.ts'
import { foldForDeny } from '../../wire/names.ts'
import { compareSpecificity, compileGlob, isGlob } from '../glob.ts'
import type { Side } from './judgement.ts'

/** The words for the class `name` stands for, among the names two documents write. */
export function labelOf(name: string, ...sides: readonly Side[]): string {
  const written = [...new Set(sides.flatMap(({ document }) => namesIn(document)))]
  if (name.includes('/') || written.includes(name)) return `\`${name}\``
  const globs = written.filter(isGlob).sort(compareSpecificity)
  const twin = written.find(each => !isGlob(each) && foldForDeny(each) === foldForDeny(name))
  if (twin !== undefined) return `names that equal \`${twin}\` but for case`
  const glob = globs.find(each => compileGlob(each).matches(name))
  if (glob === '*' || glob === '**') return 'every other tool'
  if (glob !== undefined) return `tools that match \`${glob}\``
  const alike = globs.find(each => compileGlob(foldForDeny(each)).matches(foldForDeny(name)))
  return alike === undefined ? 'every other tool' : `names that match \`${alike}\` but for case`
}

function namesIn(document: JsonObject): readonly string[] {
  const hide = document['hide']
  const hidden = Array.isArray(hide) ? (hide as readonly Json[]).filter(each => typeof each === 'string') : []
  return [...Object.keys((document['tools'] ?? {}) as object), ...hidden]
}
