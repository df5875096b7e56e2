/** The `policies` of sallyport.yaml: a `file` beside it, or the `document` itself. */

import { resolve } from 'node:path'
import { compileSchema } from '../catalogue/schema.ts'
import { limits } from '../limits.ts'
import { type Loaded, loadPolicy, type Problem } from '../policy/load.ts'
import { pointer } from '../policy/problem.ts'
import { readMembers, readObject } from '../policy/shape.ts'
import type { Json } from '../wire/json-types.ts'
import { type ReadContext, readNamed, readOptionalText } from './context.ts'
import { objectNameProblem } from './names.ts'

export type LoadedPolicy = Extract<Loaded, { ok: true }>

export interface PolicyDeclaration {
  readonly name: string
  readonly managedBy: 'file' | 'api'
  /** Where its text is, when it has a file of its own. */
  readonly file?: string
  readonly text: string
  readonly loaded: LoadedPolicy
}

/** A file a policy was read from, with the problems inside it. */
export interface PolicyFile {
  readonly file: string
  /** Absent: it could not be read. */
  readonly text?: string
  readonly problems: readonly Problem[]
}

export const policyKeys = ['file', 'document'] as const

/** Reads a text file; a reason when it cannot. */
export type ReadFile = (
  file: string,
) => { readonly ok: true; readonly text: string } | { readonly ok: false; readonly reason: string }

/** Every policy that loads whole; a policy with one error is a problem of the configuration. */
export function readPolicies(
  context: ReadContext,
  value: Json | undefined,
  at: string,
  source: { readonly folder: string; readonly readFile: ReadFile },
): { readonly policies: readonly PolicyDeclaration[]; readonly files: readonly PolicyFile[] } {
  const policies: PolicyDeclaration[] = []
  const files: PolicyFile[] = []
  for (const [name, body] of Object.entries(readNamed(context, value, at))) {
    const where = pointer(at, name)
    const problem = objectNameProblem(name, limits.nameCharsMax)
    if (problem !== undefined)
      context.log.error('bad-name', where, `\`${name.slice(0, 80)}\`: ${problem}`, 'choose another name', 'key')
    const object = readObject(context.log, body, where, policyKeys)
    if (object === undefined) continue
    if ((object['file'] === undefined) === (object['document'] === undefined)) {
      context.log.error(
        'bad-policy',
        where,
        `policy \`${name}\` needs either a \`file\` or a \`document\``,
        'write `file: policies/name.json`, or the policy itself under `document`',
        'key',
      )
      continue
    }
    if (object['document'] !== undefined) {
      const declared = readInline(context, name, object['document'], pointer(where, 'document'))
      if (declared !== undefined) policies.push(declared)
      continue
    }
    const path = readOptionalText(context, object, 'file', where)
    if (path === undefined) continue
    const read = readPolicyFile(context, name, resolve(source.folder, path), pointer(where, 'file'), source.readFile)
    files.push(read.file)
    if (read.policy !== undefined) policies.push(read.policy)
  }
  return { policies, files }
}

function readInline(context: ReadContext, name: string, value: Json, at: string): PolicyDeclaration | undefined {
  if (readMembers(context.log, value, at) === undefined) return undefined
  const text = JSON.stringify(value)
  const loaded = loadPolicy(name, text, { compileSchema })
  for (const { severity, code, path, message, remedy } of loaded.problems) {
    // The place is one in the configuration file: the log finds its line.
    const spot = code.endsWith('-key') ? 'key' : 'value'
    if (severity === 'error') context.log.error(code, `${at}${path}`, message, remedy, spot)
    else context.log.warning(code, `${at}${path}`, message, remedy, spot)
  }
  return loaded.ok ? { name, managedBy: 'file', text, loaded } : undefined
}

function readPolicyFile(
  context: ReadContext,
  name: string,
  file: string,
  at: string,
  readFile: ReadFile,
): { readonly file: PolicyFile; readonly policy?: PolicyDeclaration } {
  const read = readFile(file)
  if (!read.ok) {
    context.log.error(
      'unreadable',
      at,
      `policy file \`${file}\` cannot be read: ${read.reason}`,
      'check the path; it is relative to this file',
    )
    return { file: { file, problems: [] } }
  }
  const loaded = loadPolicy(name, read.text, { file, compileSchema })
  const seen = { file, text: read.text, problems: loaded.problems }
  return loaded.ok ? { file: seen, policy: { name, managedBy: 'file', file, text: read.text, loaded } } : { file: seen }
}
