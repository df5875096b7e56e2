/** The labelled tools of `eval/`: definitions as servers gave them, labels by `eval/GUIDELINES.md`, read whole. */
import { readdirSync, readFileSync } from 'node:fs'
import type { RiskFlag } from '../src/catalogue/classify/evidence.ts'
import type { Category } from '../src/catalogue/classify/lexicon/senses.ts'
import type { JsonObject } from '../src/wire/json-types.ts'

/** One label. `also`: categories a careful reader could give instead; such a prediction counts as right. */
export interface RiskLabel {
  readonly server: string
  readonly tool: string
  readonly category: Category
  readonly flags: readonly RiskFlag[]
  readonly ambiguous: boolean
  readonly also: readonly Category[]
  readonly reason?: string
}

/** One server with its labelled tools. Tools without a label are context only. */
export interface LabelledServer {
  readonly name: string
  readonly definitions: readonly JsonObject[]
  readonly labels: ReadonlyMap<string, RiskLabel>
}

/**
 * `public`: labels given with the guidelines. `own`, `later`: ours, whose errors were looked at. `sealed`: ours, made after
 * the rules; only its totals are looked at (but for two tools rated too mildly), so that it stays a measure. `fresh`:
 * servers of vendors and others, labelled blind, chosen to be rich in rare classes. `written`: definitions we wrote
 * ourselves for forty domains.
 */
export const labelSets = ['public', 'own', 'later', 'sealed', 'fresh', 'written'] as const
export type LabelSet = (typeof labelSets)[number]

/** The servers of one set, by name. */
export function labelledServers(set: LabelSet): readonly LabelledServer[] {
  const labels = readLabels(set)
  const folder = `eval/data/${set}`
  return readdirSync(folder)
    .filter(file => file.endsWith('.json'))
    .toSorted()
    .map(file => {
      const { name, tools } = JSON.parse(readFileSync(`${folder}/${file}`, 'utf8')) as {
        name: string
        tools: JsonObject[]
      }
      const own = labels.filter(label => label.server === name).map(label => [label.tool, label] as const)
      return { name, definitions: tools, labels: new Map(own) }
    })
}

function readLabels(set: LabelSet): readonly RiskLabel[] {
  return readFileSync(`eval/labels/${set}.jsonl`, 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as RiskLabel)
}
