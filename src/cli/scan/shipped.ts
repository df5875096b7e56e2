/** The shipped catalogue as an answer to one question: what does this version of this package offer? */
import { readdirSync, readFileSync } from 'node:fs'
import { readRecord, type ServerRecord } from '../../catalogue/pages/record.ts'
import { Fault } from '../../errors.ts'
import { isJsonObject, type Json } from '../../wire/json-types.ts'

const folder = new URL('../../../data/servers/', import.meta.url)

/** The records of a package of npm, one a version. Only files that name it are read whole. */
export function recordsOf(name: string): readonly ServerRecord[] {
  const mention = JSON.stringify(name)
  return texts().flatMap(([file, text]) => {
    if (!text.includes(mention)) return []
    const record = readRecord(parsed(file, text))
    return record?.package === name ? [record] : []
  })
}

let kept: readonly (readonly [string, string])[] | undefined

function texts(): readonly (readonly [string, string])[] {
  kept ??= readdirSync(folder)
    .filter(file => file.endsWith('.json'))
    .map(file => [file, readFileSync(new URL(file, folder), 'utf8')] as const)
  return kept
}

/** A file that came with us and is no JSON is a fault. */
function parsed(file: string, text: string): Json {
  try {
    const value = JSON.parse(text) as Json
    return isJsonObject(value) ? value : {}
  } catch (error) {
    throw new Fault('ERR_CATALOGUE_DATA', { file, reason: 'it is no JSON' }, error)
  }
}
