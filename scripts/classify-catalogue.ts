/**
 * `npm run catalogue:classify`: rates the definitions in every file of `data/servers` again and writes the ratings beside
 * them. Nothing is installed and nothing is asked of the network; nothing else in a file changes.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { classifiedText } from './catalogue-file.ts'

const folder = new URL('../data/servers/', import.meta.url)
let changed = 0
for (const name of readdirSync(folder).filter(file => file.endsWith('.json'))) {
  const file = new URL(name, folder)
  const before = readFileSync(file, 'utf8')
  const after = await classifiedText(JSON.parse(before) as Record<string, unknown>)
  if (after === before) continue
  writeFileSync(file, after)
  process.stdout.write(`${name}\n`)
  changed += 1
}
process.stdout.write(`${changed} of the files changed\n`)
