/**
 * The nine flags of the guidelines, each with the quotation it rests on. A flag is a fact about how a tool can be used,
 * not about how bad it is; the category is decided elsewhere.
 */

import { changesMany } from './bulk.ts'
import { type Evidence, flagNames, type RiskFlag } from './evidence.ts'
import { sendsOut } from './external-send.ts'
import { aboutTool, type FlagView, ofParameter, ofText } from './flag-view.ts'
import type { Category } from './lexicon/senses.ts'
import { contactedUrls, reachesOut } from './open-world.ts'
import { secretParameters } from './parameters.ts'
import type { Reading } from './reading.ts'
import type { ServerFacts } from './server.ts'
import type { Subject } from './subject.ts'

/** The flags of one tool and what they rest on. */
export interface RiskFlags {
  readonly flags: readonly RiskFlag[]
  readonly evidence: readonly Evidence[]
}

type Finder = (seen: FlagView) => readonly Evidence[]

/** The flags of a tool whose category is known, in the order of the guidelines. */
export function riskFlagsOf(subject: Subject, server: ServerFacts, reading: Reading, category: Category): RiskFlags {
  const spaced = subject.name.replaceAll(/([a-z])([A-Z])/g, '$1 $2').replaceAll(/[_.-]/g, ' ')
  const unsent = {
    subject,
    server,
    reading,
    category,
    text: `${spaced}. ${aboutTool(subject.description)}`.toLowerCase(),
    isSent: false,
  }
  const sent = sendsOut(unsent)
  const view = { ...unsent, isSent: sent.length > 0 }
  const flags: RiskFlag[] = []
  const evidence: Evidence[] = []
  for (const flag of flagNames) {
    const found = flag === 'external_send' ? sent : finders[flag](view)
    if (found.length === 0) continue
    flags.push(flag)
    evidence.push(...found.slice(0, quotesPerFlagMax))
  }
  return { flags, evidence }
}

const finders: Readonly<Record<Exclude<RiskFlag, 'external_send'>, Finder>> = {
  secret_input: ({ subject }) => secretParameters(subject).map(each => ofParameter(each, 'secret_input')),
  secret_output: revealsSecrets,
  freeform_code: takesCode,
  file_path: ({ reading }) => reading.paths.map(each => ofParameter(each, 'file_path')),
  url_input: ({ subject, reading, category }) =>
    contactedUrls(subject, reading, category).map(each => ofParameter(each, 'url_input')),
  bulk: changesMany,
  open_world: reachesOut,
  multiplex: choosesAction,
}

/** Code that runs elsewhere; text that is only judged is not. */
function takesCode(view: FlagView): readonly Evidence[] {
  const { reading, category } = view
  const verb = reading.nameVerbs[0] ?? reading.headVerbs[0]
  const isJudged =
    category === 'Read' &&
    verb !== undefined &&
    /^(?:validate|lint|verify|explain|format|check|parse|score|analyze|review|diff|compare|export|highlight|test)$/.test(
      verb.verb,
    )
  if (reading.code.length > 0)
    return isJudged ? [] : reading.code.map(each => ofParameter(each.parameter, 'freeform_code'))
  return reading.isRouter
    ? ofText(view, /\b(?:executing (?:sql|\w+) quer\w+|(?:sql|kql|kusto) quer\w+)/i, 'freeform_code')
    : []
}

const secretOutputs =
  /\b(?:env(?:ironment)?[ _-]?var(?:iable)?s?|secrets?|cookies?|credentials?|api[ _-]?keys?|access[ _-]?(?:keys?|tokens?)|private[ _-]?keys?|passwords?|kubeconfig|connection[ _-]?strings?|pre-?signed|signed[ _-]urls?|client[ _-]secrets?|ssh private|storage[ _-]state|session tokens?|auth(?:entication|orization)? (?:tokens?|headers?)|service account keys?|totp|one-time (?:password|code)|seed phrase|mnemonic|sas[ _-](?:token|url)|bearer|(?:time-limited|short-lived|expiring|temporary) (?:\w+ )?(?:urls?|links?|credentials?)|recovery[ _-]?keys?|(?:user|deploy|service|bot|session|auth|admin|personal|qr login)[ _-]tokens?|vault (?:items?|entries)|items? (?:from|in|of) (?:your |the |a )?vault|config ?vars?|key vault|client[ _-]side[ _-]tokens?|secret ?keys?|\w*secretkey|(?:global |environment |config |ci\/cd |project |pipeline |collection )variables?|(?:api|access) tokens)\b/i

function revealsSecrets(view: FlagView): readonly Evidence[] {
  const { subject, category, reading, text } = view
  const about = secretOutputs.exec(text.slice(0, 220))
  const verb = reading.nameVerbs[0] ?? reading.headVerbs[0]
  const isInput =
    about !== null &&
    /(?:from|using|with|via|current|by|of a|given) (?:an? |the |your )?(?:\w+ )?$/.test(text.slice(0, about.index))
  if (isInput) return []
  const isReading = category === 'Read' || verb?.sense === 'retrieve' || verb?.sense === 'produce'
  const returns =
    /\b(?:returns?|retriev\w+|gets?|lists?|shows?|reads?|outputs?|generat\w+|fetch\w*|includ\w+|full details)\b/i
  const head = text.slice(0, 220)
  if (
    about !== null &&
    isReading &&
    returns.test(text) &&
    !/\b(?:without (?:secrets?|revealing|their values)|values? (?:are|is) (?:hidden|masked|redacted|never|not)|masked|redacted|scan\w*|detect\w*|names only|not (?:include|return|expose)\w*|never (?:included|returned)|omitted|write-only|analy[sz]es|audit|polic(?:y|ies)|types? of|best practice)\b/i.test(
      text,
    )
  )
    return ofText(view, secretOutputs, 'secret_output')
  if (
    verb?.sense === 'make' &&
    /\b(?:api[ _-]?key|access[ _-]?token|client[ _-]side[ _-]token|personal access|service account key|secret key|credential)\b/i.test(
      subject.name.replaceAll(/[_-]/g, ' '),
    ) &&
    !/\bsecret value\b/.test(text)
  )
    return ofText(view, /key|token|credential|secret/i, 'secret_output')
  if (
    /\bnetwork[ _-]requests?\b/.test(head) &&
    /\b(?:headers|details|full)\b/.test(text) &&
    isReading &&
    !/\blist/.test(text.slice(0, 40))
  )
    return ofText(view, /network[ _-]requests?|headers/i, 'secret_output')
  return []
}

function choosesAction({ reading, subject }: FlagView): readonly Evidence[] {
  const found = reading.choices.filter(each => !/^(?:type|event|state|kind)$/.test(each.folded))
  const acting = found.filter(
    each =>
      !(
        each.folded === 'mode' &&
        each.choices.every(choice => /^(?:full|minimal|fast|standard|summary|detailed|compact|basic)$/i.test(choice))
      ),
  )
  if (acting.length > 0) return acting.map(each => ofParameter(each, 'multiplex'))
  if (reading.isRouter)
    return subject.parameters
      .filter(each => /^(?:command|operation|action|subcommand|tool|toolname)$/.test(each.folded))
      .slice(0, 1)
      .map(each => ofParameter(each, 'multiplex'))
  return []
}

const quotesPerFlagMax = 3
