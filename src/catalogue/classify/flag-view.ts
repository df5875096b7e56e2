/** What the finders of flags see, and how they quote. */
import { type Evidence, quoteOf, type RiskFlag } from './evidence.ts'
import type { Category } from './lexicon/senses.ts'
import type { Reading } from './reading.ts'
import type { ServerFacts } from './server.ts'
import type { Parameter, Subject } from './subject.ts'
import type { Phrase } from './wording.ts'

/** A tool whose category is known, among its siblings. */
export interface FlagView {
  readonly subject: Subject
  readonly server: ServerFacts
  readonly reading: Reading
  readonly category: Category
  /** Name as words and the head of the description, lower case. */
  readonly text: string
  /** Something is delivered: the tool has `external_send`. */
  readonly isSent: boolean
}

const textCharsMax = 600

/** The beginning of a description, up to where it lists its arguments. */
export function aboutTool(description: string): string {
  const head = description.slice(0, textCharsMax)
  const args = /\b(?:args|arguments|parameters|inputs?):/i.exec(head)
  return args === null ? head : head.slice(0, args.index)
}

/** A quotation of a parameter's name. */
export function ofParameter(parameter: Parameter, says: RiskFlag, note?: string): Evidence {
  return {
    where: 'schema',
    pointer: parameter.pointer,
    ...quoteOf(parameter.name, 0, parameter.name.length),
    says,
    ...(note === undefined ? {} : { note }),
  }
}

/** A quotation of a phrase of the description. */
export function ofDescription({ description }: Subject, { start, end }: Phrase, says: RiskFlag): Evidence {
  return { where: 'description', pointer: '/description', ...quoteOf(description, start, end), says }
}

/** A quotation of the first match in name or description; nothing when the pattern is absent. */
export function ofText({ subject }: FlagView, pattern: RegExp, says: RiskFlag): readonly Evidence[] {
  const spaced = subject.name.replaceAll(/[_.-]/g, ' ')
  const inName = pattern.exec(spaced)
  if (inName !== null)
    return [
      {
        where: 'name',
        pointer: '/name',
        ...quoteOf(subject.name, inName.index, inName.index + inName[0].length),
        says,
      },
    ]
  const match = pattern.exec(subject.description.slice(0, textCharsMax))
  if (match === null) return []
  return [
    {
      where: 'description',
      pointer: '/description',
      ...quoteOf(subject.description, match.index, match.index + match[0].length),
      says,
    },
  ]
}
