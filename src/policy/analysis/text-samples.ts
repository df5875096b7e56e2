/** Texts to try for the comparisons of one path: the ones a person would think of first. */
import { limits } from '../../limits.ts'
import { isEvasive } from '../glob.ts'
import type { Atom } from './atoms.ts'
import { namedIn } from './named-values.ts'
import { patternSamples } from './pattern-samples.ts'
import { addressSamples, asTexts, hostSamples, urlSamples } from './web-samples.ts'

/** Natural texts first; without repetition. */
export function textSamples(atoms: readonly Atom[]): readonly string[] {
  const hosts = atoms.filter(({ op }) => op === 'host_in').flatMap(({ value }) => asTexts(value))
  const networks = atoms.filter(({ op }) => op === 'cidr').flatMap(({ value }) => asTexts(value))
  const made = [
    ...atoms.flatMap(samplesFor),
    'x',
    ...(hosts.length > 0 ? hostSamples(hosts) : []),
    ...(networks.length > 0 ? addressSamples(networks) : []),
    '',
  ]
  const isKept = atoms.some(({ op }) => op === 'key')
  const long = isKept ? made.slice(0, longMax).map(text => text + 'x'.repeat(limits.policyCounterLengthMax)) : []
  return [...new Set([...made, ...long])]
}

const longMax = 20

function samplesFor({ op, value }: Atom): readonly string[] {
  const [text] = asTexts(value)
  switch (op) {
    case 'eq':
    case 'neq':
    case 'element':
    case 'in':
    case 'not_in': {
      const texts = asTexts(value)
      return [...texts, ...texts.slice(0, 5).map(upper)]
    }
    case 'contains':
      return text === undefined ? [] : [text, `x ${text} x`, upper(text)]
    case 'starts_with':
      if (text === undefined) return []
      return /^\w+:\/\//.test(text) ? urlSamples(text) : [text, `${text}x`, `${upper(text)}x`]
    case 'ends_with':
      return text === undefined ? [] : [`x${text}`, text, `x${upper(text)}`]
    case 'glob':
      return text === undefined ? [] : globSamples(text)
    case 'regex':
      return text === undefined ? [] : patternSamples(text)
    case 'schema':
      return namedIn(value).filter(each => typeof each === 'string')
    default:
      return []
  }
}

function upper(text: string): string {
  return text.toUpperCase()
}

/** Texts that match, and ways around that lead to the same place. */
function globSamples(glob: string): readonly string[] {
  const text = glob.replace(/\*\*\/?|\*|\?/g, found => (found.endsWith('/') ? 'x/' : 'x'))
  const around = text.startsWith('/') ? [`/x/..${text}`, `/.${text}`] : [`x/../${text}`, `./${text}`]
  const bare = glob.replace(/\*+\/?/g, '').replaceAll('?', 'x')
  return [text, bare, upper(text), ...around.filter(isEvasive), ...around.map(upper)]
}
