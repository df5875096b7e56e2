/**
 * Questions about one tool, answered with rules that the engine has. Each answer with a policy holds a whole document:
 * a test loads every one of them against the definition of its tool.
 */
import type { JsonObject } from '../../wire/json-types.ts'
import { isToolName } from '../../wire/names.ts'
import { type Category, paceOf, treatmentOf } from '../recommend.ts'
import { aimOf } from './guard-rule.ts'
import { guardsOf } from './guards.ts'
import { installLine } from './install.ts'
import type { CatalogueTool } from './model.ts'
import { severityOf } from './rating.ts'
import { oneTool, paceWords, policyText } from './snippet.ts'
import { grouped, undecided } from './words.ts'

export interface Question {
  readonly question: string
  /** Text with `code` in backticks. */
  readonly answer: string
  readonly policy?: string
}

/** The questions of a tool, most asked first. */
export function questionsOf(tool: CatalogueTool): readonly Question[] {
  return [whetherToGive(tool), ...(isToolName(tool.name) ? rules(tool) : [unnameable]), provider(tool)]
}

const unnameable: Question = {
  question: 'How do I write a rule for it?',
  answer:
    'Not at all, and none is needed: tool names have 1 to 128 characters of A-Z, a-z, 0-9, `_`, `-` and `.`. The gateway refuses to pin a definition with another name, so no agent sees or calls it.',
}

const advice: Readonly<Record<Category, string>> = {
  Read: 'Yes, at a pace: what it returns enters the context of the agent, and can leave through any other tool the agent has.',
  Write: 'Yes, at a pace that a person can follow: one wrong call can be put back, hundreds are work.',
  Execute:
    'Only with a person behind each call, or with its arguments narrowed: they decide what a call does, and its name does not tell.',
  Destructive:
    'Only where the work needs it, and then with a person’s approval of each call: there is no way back from one.',
  Financial:
    'Only with a person’s approval of each call, and a budget that bounds the sum: a call costs or binds somebody.',
}

function whetherToGive({ name, rated }: CatalogueTool): Question {
  const { category, flags, confidence } = rated
  const sends = category === 'Write' && flags.includes('external_send')
  const own = sends ? 'Yes, at a slow pace: what people have received stays received.' : advice[category]
  const unsure =
    confidence < undecided ? ' Its definition does not say what it does: read what its server documents first.' : ''
  return {
    question: `Should an agent have \`${name}\`?`,
    answer: `${own} It is rated ${category}, ${severityOf[category]} risk.${unsure}`,
  }
}

function rules(tool: CatalogueTool): readonly Question[] {
  const { name } = tool
  const recommended = entryOf(tool)
  const write = (entry: JsonObject, comment: string, more?: JsonObject) =>
    policyText(oneTool(name, { ...recommended, ...entry }, more), `${name}: ${comment}`)
  return [
    ...(treatmentOf(toolOf(tool), 'guarded') === 'approve' ? [withoutPerson(tool)] : [overDay(tool), asking(tool)]),
    {
      question: 'How do I block it?',
      answer:
        'With `hide` agents neither see nor reach it, and the rest of the server stays as it is. To tell the agent why, write `action: deny` with a `reason` in its place: the tool stays visible and each call is refused with that text.',
      policy: policyText({ version: '1', default: 'allow', hide: [name] }, `everything but ${name}`),
    },
    ...guardsOf(tool).map(({ question, answer, entry }) => ({
      question,
      answer,
      policy: write(entry, aimOf(question).replaceAll('`', '')),
    })),
    ...(tool.rated.flags.includes('secret_output') ? [redaction(write)] : []),
    {
      question: 'How do I see what a rule would do before it does it?',
      answer:
        'In mode `observe` every call is decided and recorded, and nothing is blocked. `sallyport policy explain --policy FILE --tool NAME` says what a single call would meet, and which rule decides.',
      policy: write({}, 'records what would be refused, refuses nothing', { mode: 'observe' }),
    },
    {
      question: 'What does the agent see when a call is refused?',
      answer:
        'A tool result marked as an error: `[POLICY DENIED]` with your text or the condition that failed, the rule, and where one exists the change after which the call would pass. The server is not contacted.',
    },
  ]
}

function toolOf({ name, rated }: CatalogueTool) {
  return { name, category: rated.category, flags: rated.flags }
}

/** What the recommended rule says of the tool: where an answer adds to it, it is there too. */
function entryOf({ name, rated }: CatalogueTool): JsonObject {
  const tools = rated.rule['tools'] as JsonObject
  return tools[name] as JsonObject
}

const asked = 'A call over the limit is refused and told when to try again.'

function withoutPerson(tool: CatalogueTool): Question {
  const pace = paceOf(toolOf(tool))
  return {
    question: 'How do I let it through without a person?',
    answer: `Leave \`action\` out of the rule; the pace is what remains: \`rate_limit\` counts the calls of each grant in a sliding window, so in no interval of that length are there more. ${asked} Only for agents whose mistakes here you can bear.`,
    policy: policyText(
      oneTool(tool.name, { rate_limit: pace }),
      `${tool.name}: ${paceWords(pace)}, and nobody is asked`,
    ),
  }
}

function overDay(tool: CatalogueTool): Question {
  const { name } = tool
  const pace = paceOf(toolOf(tool))
  const max = callsOfDay(pace)
  return {
    question: 'How do I limit how often it is called in a day?',
    answer: `\`rate_limit\` counts the calls of each grant in a sliding window: in no interval of that length are there more. \`limits\` takes longer windows beside it, and a call needs room in all of them. ${asked}`,
    policy: policyText(
      oneTool(name, { rate_limit: pace, limits: [{ counter: 'calls of a day', window: 'day', max }] }),
      `${name}: ${paceWords(pace)} and ${grouped(max)} a day`,
    ),
  }
}

/** Half an hour of the full pace, or four hours where the pace is one of hours: a day's work of one person. */
function callsOfDay(pace: string): number {
  const [max = '1', window = ''] = pace.split('/')
  return Number(max) * (window === 'minute' ? 30 : 4)
}

function asking({ name }: CatalogueTool): Question {
  return {
    question: 'How do I have a person approve each call?',
    answer:
      'The call is held back and put before a person with its arguments. A limit beside it keeps a loop from asking all day.',
    policy: policyText(
      oneTool(name, { action: 'require_approval', rate_limit: '10/hour' }),
      `${name}: a person approves each call`,
    ),
  }
}

function redaction(write: (entry: JsonObject, comment: string) => string): Question {
  const results = {
    redact: [{ pattern: '(?i)(?:api[_-]?key|token|secret|password)["=: ]+[A-Za-z0-9_./+-]{12,}', with: '[secret]' }],
  }
  return {
    question: 'How do I keep secrets out of what it returns?',
    answer:
      'Rules on results work on the answer before the agent gets it. Name the member that holds the secret where the server documents it (`path: result.token`); a pattern catches the common forms and no more.',
    policy: write({ results }, 'what looks like a secret is taken out of the answer'),
  }
}

function provider({ server, within }: CatalogueTool): Question {
  const { record } = server
  const line = installLine(record)
  const from =
    line === undefined
      ? record.url === undefined
        ? ''
        : ` It is reached at \`${record.url}\`.`
      : ` It is started with \`${line}\`.`
  const behind = within === undefined ? '' : ` It is no tool of the protocol: code given to \`${within}\` calls it.`
  return {
    question: 'Which server provides it?',
    answer: `${record.title}${record.version === undefined ? '' : `, version ${record.version}`}.${from}${behind}`,
  }
}
