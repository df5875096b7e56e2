/**
 * Questions about one tool, answered with rules that the engine has. Each answer with a policy holds a whole document:
 * a test loads every one of them against the definition of its tool.
 */
import type { JsonObject } from '../../wire/json-types.ts'
import { isToolName } from '../../wire/names.ts'
import { paceOf } from '../recommend.ts'
import { guardsOf } from './guards.ts'
import { installLine } from './install.ts'
import type { CatalogueTool } from './model.ts'
import { descriptionOf, severityOf } from './rating.ts'
import { oneTool, paceWords, policyText } from './snippet.ts'
import { categoryMeans, firstSentence } from './words.ts'

export interface Question {
  readonly question: string
  /** Text with `code` in backticks. */
  readonly answer: string
  readonly policy?: string
}

/** The questions of a tool, most asked first. */
export function questionsOf(tool: CatalogueTool): readonly Question[] {
  return [whatItDoes(tool), ...(isToolName(tool.name) ? rules(tool) : [unnameable]), provider(tool)]
}

const unnameable: Question = {
  question: 'How do I write a rule for it?',
  answer:
    'Not at all, and none is needed: tool names have 1 to 128 characters of A-Z, a-z, 0-9, `_`, `-` and `.`. The gateway refuses to pin a definition with another name, so no agent sees or calls it.',
}

function whatItDoes({ name, definition, rated }: CatalogueTool): Question {
  const own = firstSentence(descriptionOf(definition), 300)
  const words = own === '' ? 'Its definition says nothing about that.' : `In the words of its server: “${own}”`
  const why = `It is rated ${rated.category} (${severityOf[rated.category]}): it ${categoryMeans[rated.category]}.`
  return { question: `What does \`${name}\` do?`, answer: `${words} ${why}` }
}

function rules(tool: CatalogueTool): readonly Question[] {
  const { name, rated } = tool
  const pace = paceOf({ name, category: rated.category, flags: rated.flags })
  const write = (entry: JsonObject, comment: string, more?: JsonObject) =>
    policyText(oneTool(name, entry, more), comment)
  return [
    {
      question: 'How do I limit how often it is called?',
      answer: `\`rate_limit\` counts the calls of each grant in a sliding window: in no interval of that length are there more. ${paceWords(pace).replace(/^./, first => first.toUpperCase())} is what this catalogue recommends for it. A call over the limit is refused and told when to try again.`,
      policy: write({ rate_limit: pace }, `${name}: ${paceWords(pace)}, everything else on this server is denied`),
    },
    {
      question: 'How do I block it?',
      answer:
        'With `hide` agents neither see nor reach it, and the rest of the server stays as it is. To tell the agent why, write `action: deny` with a `reason` in its place: the tool stays visible and each call is refused with that text.',
      policy: policyText({ version: '1', default: 'allow', hide: [name] }, `everything but ${name}`),
    },
    {
      question: 'How do I have a person approve each call?',
      answer:
        'The call is held back and put before a person with its arguments. A limit beside it keeps a loop from asking all day.',
      policy: write({ action: 'require_approval', rate_limit: '10/hour' }, `${name}: a person approves each call`),
    },
    ...guardsOf(tool).map(({ question, answer, entry }) => ({
      question,
      answer,
      policy: write(entry, question.replaceAll('`', '')),
    })),
    ...(rated.flags.includes('secret_output') ? [redaction(name)] : []),
    {
      question: 'How do I see what a rule would do before it does it?',
      answer:
        'In mode `observe` every call is decided and recorded, and nothing is blocked. `sallyport policy explain --policy FILE --tool NAME` says what a single call would meet, and which rule decides.',
      policy: write({ rate_limit: pace }, 'records what would be refused, refuses nothing', { mode: 'observe' }),
    },
    {
      question: 'What does the agent see when a call is refused?',
      answer:
        'A tool result marked as an error: `[POLICY DENIED]` with your text or the condition that failed, the rule, and where one exists the change after which the call would pass. The server is not contacted.',
    },
  ]
}

function redaction(name: string): Question {
  const results = {
    redact: [{ pattern: '(?i)(?:api[_-]?key|token|secret|password)["=: ]+[A-Za-z0-9_./+-]{12,}', with: '[secret]' }],
  }
  return {
    question: 'How do I keep secrets out of what it returns?',
    answer:
      'Rules on results work on the answer before the agent gets it. Name the member that holds the secret where the server documents it (`path: result.token`); a pattern catches the common forms and no more.',
    policy: policyText(oneTool(name, { results }), `${name}: what looks like a secret is taken out of the answer`),
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
