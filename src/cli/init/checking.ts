/** Whether the gateway would take what `init` is about to write: asked of the gateway's own reader, before anything is. */
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { fileMissing } from '../../config/files.ts'
import { readConfig } from '../../config.ts'
import { configFiles } from './config-text.ts'
import type { GatheredServer } from './gathering.ts'
import type { Writing } from './storing.ts'

const folder = '/'
const anyPolicy = 'version: "1"\ntools: {}\n'

/** Why the gateway would not take a server; nothing when it would. */
export function serverProblem(server: GatheredServer): string | undefined {
  const files = configFiles([server], [], 'nobody')
  if (!files.ok) return files.refusal.message
  const texts = new Map([
    [join(folder, 'sallyport.yaml'), files.value.config],
    [join(folder, 'policies', `${server.name}.yaml`), anyPolicy],
  ])
  return problemIn(texts, join(folder, 'sallyport.yaml'), files.value.secrets)
}

/** What is wrong with all of it together; nothing when the gateway would start with it. */
export function writingsProblem(writings: readonly Writing[], config: string, secrets: string): string | undefined {
  const texts = new Map(writings.flatMap(each => (each.kind === 'new' ? [[each.file, each.text] as const] : [])))
  return problemIn(texts, config, texts.get(secrets) ?? '')
}

function problemIn(texts: ReadonlyMap<string, string>, config: string, secrets: string): string | undefined {
  const read = readConfig({
    file: config,
    env: parseEnv(secrets),
    readFile: file => {
      const text = texts.get(file)
      return text === undefined ? { ok: false, reason: fileMissing } : { ok: true, text }
    },
  })
  if (read.ok) return undefined
  return read.problems.find(({ severity }) => severity === 'error')?.message ?? 'the gateway would not take it'
}
