/**
 * The closed table of what a report can find: each rule with its severity, what is wrong, why it matters and what to do.
 * Ids are stable: SARIF files, baselines and suppressions name them. Findings without a rule here do not exist.
 */
import type { AttackId } from '../attacks/ids.ts'
import type { Severity } from '../classify/lexicon/senses.ts'

export interface Rule {
  readonly severity: Severity
  /** What it is about: a client's configuration, or what a server says of itself. */
  readonly about: 'configuration' | 'definition'
  /** What was found, in a few words. */
  readonly title: string
  /** Why it matters. */
  readonly help: string
  readonly remedy: string
  /** The attack it opens the door to. */
  readonly attack?: AttackId
}

const table = {
  'secret-in-project-file': {
    severity: 'critical',
    about: 'configuration',
    title: 'a secret is written into a file of the project',
    help: 'Files of a project are copied to everybody who works on it, and stay in its history after they are changed.',
    remedy: 'revoke the secret, and name a variable of the environment in its place',
    attack: 'credential-harvest',
  },
  'downloads-and-runs': {
    severity: 'critical',
    about: 'configuration',
    title: 'a command downloads a script and runs it',
    help: 'Whoever answers at that address decides what runs on this machine, at every start.',
    remedy: 'install the program once, in a version you have looked at, and start that',
    attack: 'pipe-to-shell',
  },
  'hidden-characters': {
    severity: 'critical',
    about: 'definition',
    title: 'text that is hidden from people',
    help: 'Characters that hide or reorder text let a server tell the model what no person gets to see.',
    remedy: 'do not use the server until its author has explained them',
    attack: 'hidden-unicode',
  },
  'secret-readable-by-others': {
    severity: 'high',
    about: 'configuration',
    title: 'a secret stands in a file that other users of the machine may read',
    help: 'Every account and every service on the machine can take it.',
    remedy: 'take the right to read away from others (chmod 600), or name a variable of the environment',
    attack: 'credential-harvest',
  },
  'plain-http': {
    severity: 'high',
    about: 'configuration',
    title: 'plain http to a public host',
    help: 'Everybody on the way can read the credentials and rewrite the tools and their answers.',
    remedy: 'use the https address of the server',
    attack: 'session-hijacking',
  },
  'tls-not-verified': {
    severity: 'high',
    about: 'configuration',
    title: 'certificates are not verified',
    help: 'Whoever can answer for the host is taken for it.',
    remedy: 'trust the one certificate that is missing (NODE_EXTRA_CA_CERTS) and verify again',
    attack: 'session-hijacking',
  },
  'instruction-to-model': {
    severity: 'high',
    about: 'definition',
    title: 'a definition gives the model instructions that are not about the tool',
    help: 'Clients put definitions into the prompt: what stands there is obeyed like the words of a person.',
    remedy: 'read the definition; do not use the server unless the words are harmless',
    attack: 'tool-poisoning',
  },
  'unreadable-configuration': {
    severity: 'high',
    about: 'configuration',
    title: 'a configuration cannot be read',
    help: 'What it configures was not looked at; its client may read it in another way.',
    remedy: 'correct the file, then scan again',
  },
  'unpinned-package': {
    severity: 'medium',
    about: 'configuration',
    title: 'a package is started without an exact version',
    help: 'Each start may run other code than the last one: whoever can publish the package decides.',
    remedy: 'name the exact version, for example package@1.2.3',
    attack: 'malicious-package',
  },
  'unpinned-image': {
    severity: 'medium',
    about: 'configuration',
    title: 'a container image is started without a version',
    help: 'No tag, or `latest`: each start may run other code than the last one.',
    remedy: 'name the image by its digest, image@sha256:…',
    attack: 'malicious-package',
  },
  'shell-wrapper': {
    severity: 'medium',
    about: 'configuration',
    title: 'a server is started through a shell',
    help: 'The shell reads its text once more: variables, redirections and further commands hide in it.',
    remedy: 'start the program itself, with its arguments in a list',
    attack: 'command-injection',
  },
  'secret-on-command-line': {
    severity: 'medium',
    about: 'configuration',
    title: 'a secret is passed on the command line or in an address',
    help: 'Command lines are visible to every program on the machine; addresses end up in logs.',
    remedy: 'pass it in the environment of the server or in a header, as a variable',
    attack: 'credential-harvest',
  },
  'no-confirmation': {
    severity: 'medium',
    about: 'configuration',
    title: 'the client calls tools without asking',
    help: 'The person who would notice a wrong call is not asked.',
    remedy: 'take the setting out, or narrow it to tools that only read',
    attack: 'destructive-autonomy',
  },
  'around-gateway': {
    severity: 'medium',
    about: 'configuration',
    title: 'a server goes around the gateway',
    help: 'Other servers go through the gateway; calls of this one are neither judged, counted nor recorded.',
    remedy: 'put it behind the gateway with `sallyport init`',
    attack: 'side-door-access',
  },
  'name-in-two-files': {
    severity: 'medium',
    about: 'configuration',
    title: 'one name stands for two different servers',
    help: 'Which one a client starts depends on the folder it is in: a project can stand in for a server you know.',
    remedy: 'give them different names, or take one out',
    attack: 'tool-shadowing',
  },
  'contradicting-annotation': {
    severity: 'medium',
    about: 'definition',
    title: 'an annotation contradicts what the tool does',
    help: 'Clients that trust annotations call such a tool without asking.',
    remedy: 'do not rely on the annotation; ask before calls of this tool',
    attack: 'destructive-autonomy',
  },
  'same-tool-name': {
    severity: 'medium',
    about: 'definition',
    title: 'two tools of a server have one name',
    help: 'Which of the two a call means is anybody’s guess: what was read about one may be done by the other.',
    remedy: 'do not use the tool until its author has given one of them another name',
    attack: 'tool-shadowing',
  },
  'names-foreign-tool': {
    severity: 'medium',
    about: 'definition',
    title: 'a definition names a tool of another server',
    help: 'A server knows nothing of its neighbours; one that speaks of their tools may be steering calls of them.',
    remedy: 'read the definition; keep the two servers apart unless the words are harmless',
    attack: 'tool-shadowing',
  },
  'credential-parameter': {
    severity: 'medium',
    about: 'definition',
    title: 'a parameter takes a credential',
    help: 'The model has to know the secret to pass it: it stands in the conversation and in logs.',
    remedy: 'give the credential to the server, not to the model',
    attack: 'token-passthrough',
  },
  'large-definitions': {
    severity: 'medium',
    about: 'definition',
    title: 'the definitions take a tenth of a context or more',
    help: 'They are paid for in every conversation and crowd out what it is about.',
    remedy: 'hide the tools nobody needs',
    attack: 'context-flooding',
  },
  'server-not-seen': {
    severity: 'medium',
    about: 'definition',
    title: 'a server could not be looked at',
    help: 'Nothing is known about what its tools can do.',
    remedy: 'start it by hand to see what it says',
  },
  'image-by-tag': {
    severity: 'low',
    about: 'configuration',
    title: 'a container image is named by a tag',
    help: 'A tag can be moved to other code.',
    remedy: 'name the image by its digest, image@sha256:…',
    attack: 'malicious-package',
  },
  'sse-transport': {
    severity: 'low',
    about: 'configuration',
    title: 'the old HTTP+SSE transport',
    help: 'Revision 2025-03-26 of the protocol replaced it; its sessions are held by an address alone.',
    remedy: 'use the streamable HTTP address of the server',
    attack: 'protocol-downgrade',
  },
  'same-server-twice': {
    severity: 'low',
    about: 'configuration',
    title: 'one client has the same server twice',
    help: 'Every definition is paid for twice, and the model has to choose between equal tools.',
    remedy: 'take one of them out',
  },
  'unusable-entry': {
    severity: 'low',
    about: 'configuration',
    title: 'an entry that is no MCP server',
    help: 'It has neither a command nor an address over which MCP is spoken.',
    remedy: 'give it a command or an http address, or take it out',
  },
  'names-other-tool': {
    severity: 'low',
    about: 'definition',
    title: 'a definition names another tool of its server',
    help: 'Usual between tools that belong together; also the way to steer calls to another one.',
    remedy: 'read it once: does it send the model where you want it to go?',
    attack: 'tool-shadowing',
  },
  'asks-to-be-called': {
    severity: 'low',
    about: 'definition',
    title: 'a definition tells the model when to call the tool',
    help: 'Often plain advice; also how a tool makes itself the first choice.',
    remedy: 'read it once',
    attack: 'tool-poisoning',
  },
  'address-parameter': {
    severity: 'low',
    about: 'definition',
    title: 'a parameter takes an address',
    help: 'The server connects to where the model tells it: inside your network too, and with data in the address.',
    remedy: 'let through only the hosts you mean, with a rule on the argument',
    attack: 'server-side-request-forgery',
  },
  'invisible-characters': {
    severity: 'low',
    about: 'definition',
    title: 'invisible characters in a definition',
    help: 'Mostly left over from editing; two texts that look the same are not.',
    remedy: 'ask the author to take them out',
    attack: 'hidden-unicode',
  },
  'oversized-text': {
    severity: 'low',
    about: 'definition',
    title: 'a very long text in a definition',
    help: 'Nobody reads it to its end, and it is paid for in every conversation.',
    remedy: 'hide the tool if you do not need it',
    attack: 'context-flooding',
  },
  'no-description': {
    severity: 'low',
    about: 'definition',
    title: 'a tool without a description',
    help: 'Model and reviewer have only its name to go by.',
    remedy: 'ask the author for one',
  },
} as const satisfies Readonly<Record<string, Rule>>

export type RuleId = keyof typeof table

/** Every rule, gravest first. */
export const rules: Readonly<Record<RuleId, Rule>> = table

export const ruleIds = Object.keys(table) as readonly RuleId[]
