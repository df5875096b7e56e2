/**
 * Every limit of the gateway, with its unit (last in the name) and its reason. Nothing else holds such a number.
 * Security limits are on by default and have no switch; a few are configurable and say so.
 */

const KiB = 1024
const MiB = 1024 * KiB
const second = 1000
const minute = 60 * second

export const limits = {
  // -- wire: requests of agents ---------------------------------------------------------------------------------
  /** Largest request body. Tool arguments above this belong in a resource, and SDK servers stop at 4 MiB. */
  requestBytesMax: 4 * MiB,
  /** Nesting of a request. JSON.stringify overflows the stack near 5,000; real arguments stay below 20. */
  requestDepthMax: 64,
  /** Members plus array items of one request: bounds the work of validation and canonicalisation. */
  requestElementsMax: 100_000,

  // -- upstream -------------------------------------------------------------------------------------------------
  /** Time to open a connection, name lookup and TLS included. */
  upstreamConnectMs: 10 * second,
  /** Connections of calls to one origin; further calls wait for one within their own total time. */
  upstreamConnectionsMax: 512,
  /** Calls running at one server, waiting ones included: bounds the memory that waits with them. */
  upstreamCallsMax: 10_000,
  /** Long-lived streams to one origin (GET streams, subscriptions): apart, so that they never starve calls. */
  upstreamStreamsMax: 1_024,
  /** An idle connection is not used again after this: servers close theirs after 5 s by default, and a call that meets the closing ends as unknown. */
  upstreamKeepAliveMs: 4 * second,
  /** Header block of an answer. */
  upstreamHeaderBytesMax: 32 * KiB,
  /** Body of an answer that is not a success: only its JSON-RPC error is read. */
  upstreamErrorBytesMax: 64 * KiB,
  /** All bytes of one event stream that answers one call. Each message in it is bounded by the call itself. */
  upstreamStreamBytesMax: 256 * MiB,
  /** Events of one event stream that answers one call. */
  upstreamEventsMax: 200_000,
  /** Nesting of an answer: far above real ones, far below where JSON.stringify fails. */
  upstreamDepthMax: 512,
  /** A stream that goes on after its answer is read for this long, so that its connection can be used again. */
  upstreamLingerMs: 1 * second,
  /** How often running calls are looked at for their idle and total time: the precision of both. */
  upstreamSweepMs: 100,
  /** One question of the era probe over HTTP. */
  upstreamProbeMs: 15 * second,
  /** How long a process may think about `server/discover` before it is asked to `initialize`. */
  upstreamDiscoverMs: 10 * second,
  /** How long a process may take from start to its first answer: packages may have to be fetched. */
  upstreamStartMs: 60 * second,
  /** Answers to opening questions (discover, initialize) and to session housekeeping. */
  upstreamOpeningBytesMax: 4 * MiB,
  /** What is known of a server (era, capabilities, instructions) is asked again after this. */
  upstreamIdentityMs: 10 * minute,
  /** A shared session nobody used for this long is closed. */
  upstreamSessionIdleMs: 5 * minute,
  /** Shared sessions of one server; the least recently used makes room. */
  upstreamSessionsMax: 1_000,
  /** Characters of a session id that a server may mint. */
  upstreamSessionIdCharsMax: 2_048,
  /** A broken notification stream is opened again after this, doubled up to the maximum, so many times. */
  upstreamStreamRetryMs: 1 * second,
  upstreamStreamRetryMsMax: 30 * second,
  upstreamStreamRetriesMax: 5,
  /** Open questions (elicitation, sampling, roots) of one server at a time. */
  upstreamQuestionsMax: 16,
  /** Notifications that wait for a slow caller on a channel shared with others; later progress is dropped. */
  upstreamNotesQueuedMax: 256,
  /** A call that ended without its answer makes questions ambiguous on a shared channel for this long. */
  upstreamGhostMs: 10 * minute,
  /** Last words of a process that are kept for the operator. */
  upstreamStderrTailBytes: 8 * KiB,
  /** The last of those lines, where a reason is shown in one line. */
  upstreamLastLineCharsMax: 200,
  /** One message of a process or of an HTTP+SSE stream: the largest answer of a call (16 MiB) and its envelope. */
  upstreamLineBytesMax: 17 * MiB,
  /** Bytes a process may write in a minute that are no messages or messages for nobody; more, and it is taken for broken. */
  upstreamJunkBytesMax: 16 * MiB,
  /** Messages that wait for a process which does not read. */
  upstreamQueueBytesMax: 8 * MiB,
  /** Between the polite and the final signal to a process group. */
  upstreamKillGraceMs: 3 * second,
  /** First pause before a process is started again; doubled each time up to the maximum. */
  upstreamRestartMs: 250,
  upstreamRestartMsMax: 60 * second,
  /** A process that lived this long starts again with the first pause. */
  upstreamStableMs: 60 * second,
  /** Shorter configured values are not redacted: they would match by accident. */
  upstreamSecretCharsMin: 8,

  // -- gateway --------------------------------------------------------------------------------------------------
  /** Time to receive a request head: slow-header attacks hold a socket, not memory. */
  headersMs: 10 * second,
  /** Time to receive a whole request. */
  requestMs: 30 * second,
  /** An idle keep-alive connection is closed after this. */
  keepAliveMs: 65 * second,
  /** Request header block. Node's own default, stated so that it cannot drift. */
  headerBytesMax: 16 * KiB,
  /** How often slow connections are looked for. Node's own is 30 s: a slow head would live three times as long. */
  connectionCheckMs: 2 * second,
  /** Open sockets: 10,000 idle clients must fit; beyond this new ones are refused by the kernel queue. */
  connectionsMax: 20_000,
  /** Requests on one connection before it is closed, so that a connection is not held for ever. */
  connectionRequestsMax: 1_000_000,
  /** Calls open at once, in all: each holds up to one answer in memory. */
  openCallsMax: 4096,
  /** Calls open at once for one grant, so that one agent cannot take every place. */
  openCallsPerGrantMax: 2048,
  /** Long-lived streams (GET, subscriptions/listen) of one grant. */
  streamsPerGrantMax: 256,
  /** Resource subscriptions of one grant that the gateway itself keeps for legacy sessions. */
  subscriptionsPerGrantMax: 1024,
  /** A client that takes nothing of its answer or stream for this long is let go: what waits for it is held in memory. */
  clientStallMs: 60 * second,
  /** Silence on an open stream after which a comment line keeps proxies from closing it. */
  streamKeepAliveMs: 15 * second,
  /** A sealed session id in characters: it travels in a header of a 16 KiB block. */
  sealedSessionCharsMax: 12 * KiB,
  /** A sealed request state in characters: it travels in a body, and a server's own state of any size is in it. */
  sealedStateCharsMax: 1 * MiB,
  /** Messages sealed under one key with random nonces (NIST SP 800-38D: at most 2^32). */
  sealsMax: 2 ** 32,
  /** Client capabilities and client info kept in a sealed session id. */
  sessionDeclarationBytesMax: 3 * KiB,
  /** A legacy session is refused after this: the client initialises again. */
  sessionMs: 7 * 24 * 60 * minute,
  /** Ended sessions remembered by this node so that their ids stay dead. */
  sessionTombstonesMax: 50_000,
  /** Opened session ids kept readable in memory, so that a busy session is not decrypted at every request. */
  sessionsOpenedMax: 10_000,
  /** Compiled argument schemas kept: one per pinned definition in use. */
  validatorsMax: 20_000,
  /** A request state (a question to the user, in flight) is good for this long. */
  stateMs: 10 * minute,
  /** Used request states remembered so that none is redeemed twice. */
  statesUsedMax: 50_000,
  /** Rounds of questions one call may take before it is given up. */
  questionRoundsMax: 16,
  /** Questions of one round. */
  questionsPerRoundMax: 32,
  /** Upstream calls parked while a person answers a question. */
  parkedCallsMax: 1024,
  /** The same of one grant, so that one agent cannot take every place. */
  parkedCallsPerGrantMax: 256,
  /** Whole time of one upstream call, questions to people included. */
  callTotalMs: 10 * minute,
  /** Silence from an upstream after which a call is given up; progress and questions restart it. */
  callIdleMs: 2 * minute,
  /** Behind `/mcp` a server has this long to introduce itself or to give a list; the others are not held up for longer. */
  sharedServerMs: 10 * second,
  /** Largest single answer of an upstream: it is held once in memory to be recorded and screened. */
  answerBytesMax: 16 * MiB,
  /** Pages read when every server of a grant is listed in one answer. */
  listPagesMax: 50,
  /** Items of one aggregated list. */
  listItemsMax: 10_000,
  /** Longest freshness a policy-filtered list may claim: a policy edit must show soon. */
  listTtlMsMax: 1 * minute,
  /** How long the owner of a resource address is remembered behind /mcp. */
  resourceOwnersMs: 1 * minute,
  /** Calls of built-in tools by one grant in a minute: an agent asks a few times, a loop asks for ever. */
  builtinCallsPerMinuteMax: 120,
  /** Comparisons told of a call that is explained; a tool with more rules is told the first. */
  explainFactsMax: 100,
  /** Further rules named as denying a call that is explained. */
  explainRulesMax: 100,
  /** The policy's side of one comparison, as JSON: a list of thousands is cut. */
  explainValueCharsMax: 1_000,

  // -- ledger ---------------------------------------------------------------------------------------------------
  /** How long a row may wait to be durable before its call is refused. A healthy disk needs 1 ms, a busy one 100. */
  ledgerWriteMs: 2 * second,
  /** Rows waiting for their commit. Above this the store is not keeping up, and refusing is better than remembering. */
  ledgerQueueRowsMax: 20_000,
  /** Between two tries to write what a failed store still owes (late outcomes), and to see whether it works again. */
  ledgerRetryMs: 1 * second,
  /** Longest text in a record that others choose (names, messages, keys). Longer ones are cut and end in `…`. */
  ledgerTextCharsMax: 1024,
  /** Argument keys named in a record. The rest is counted in one last entry. */
  ledgerArgKeysMax: 64,
  /** Lines of one page. */
  ledgerPageLinesMax: 1000,
  /** Entries read in one go by a query: 2,000 keep the writer waiting 10 ms at most. */
  ledgerScanEntriesMax: 2000,
  /** The same for charges, which have to be parsed: 500 take about 5 ms. */
  ledgerChargesEntriesMax: 500,
  /** The same for a search by request id, which only looks at text: 16,000 take about 10 ms. */
  ledgerSearchEntriesMax: 16_000,
  /** How long a commit waits for a lock that another program holds on the store: less than `ledgerWriteMs`. */
  storeBusyMs: 1500,
  /** How long one part of a read may take: it looks at few entries, so this is a store that hangs. */
  storeReadMs: 10 * second,
  /** Pages of 4 KiB in the write-ahead log before they move to the database: 16 MiB, so that few commits pay for it. */
  storeLogPagesMax: 4000,
  /** How far the wall clock may drift ahead of the store's own time before the store notes it again. */
  storeAheadMs: 1 * second,
  /** Commits whose open intents may have to be looked for at the next start. */
  storeMarkEntries: 4096,

  // -- policy ---------------------------------------------------------------------------------------------------
  /** A policy document. 10,000 rules fit; the YAML reader needs about 3 s for this much YAML, JSON some 20 ms. */
  policyBytesMax: 1 * MiB,
  /** Nesting of a policy document: rules sit at 5, groups and compared objects go deeper. */
  policyDepthMax: 32,
  /** Members plus items of a policy document, after aliases are written out: an alias cannot multiply work. */
  policyElementsMax: 200_000,
  /** Problems reported for one document: enough to repair it, too few to flood a terminal. */
  policyProblemsMax: 100,
  /** Characters of one regular expression. Published patterns stay below 200. */
  policyRegexLengthMax: 1_000,
  /** Instructions of one compiled expression: `[a-z]{1,500}` needs 80 ms for 100 KB, ten times this still scans in 20. */
  policyRegexProgramMax: 500,
  /** Characters of one message, reason or expression written by the operator. */
  policyTextLengthMax: 2_000,
  /** Characters of one `when` expression. */
  policyWhenLengthMax: 1_000,
  /** Nodes of one parsed expression, its macros written out. */
  policyWhenNodesMax: 250,
  /** Brackets within brackets of one expression, counted before it is parsed. */
  policyWhenDepthMax: 24,
  /** Lists walked within lists in one expression: the work grows with the power of it. */
  policyWhenLoopsMax: 2,
  /** Characters of one path such as `args.items[*].price`. */
  policyPathLengthMax: 500,
  /** Characters of one glob, of a value or of a tool name. */
  policyGlobLengthMax: 500,
  /** Nesting of `any`, `all` and `not` in one rule. */
  policyGroupDepthMax: 8,
  /** Longest window of a limit: a leap year. Counters older than that are not kept. */
  policyWindowMsMax: 366 * 86_400 * second,
  /** People who may be asked to agree on one call. */
  policyQuorumMax: 10,
  /** Characters of one counter name, and of one counter key value: both are kept in memory per window. */
  policyCounterLengthMax: 256,
  /** Longest `within` of a flow: at a start so much of the ledger is read for marks. */
  policyFlowMsMax: 7 * 24 * 60 * minute,
  /** Entries of one `redact` list: each pattern is one search of the answer. */
  policyRedactionsMax: 64,
  /** Characters of what stands where something was taken out of an answer. */
  policyMarkLengthMax: 100,
  /** A longer text is no URL: browsers stop at 2 MB, servers at 8 to 64 KiB. */
  policyUrlCharsMax: 64 * KiB,
  /** Texts up to this are folded without counting towards the work of a decision. */
  policyFoldFreeMax: 4_096,
  /** Work of one decision, in characters under a pattern (some 30 ns each); an element of a list counts as four. */
  policyWorkMax: 2_000_000,
  /** Elements of lists looked at to find the ones that explain a denial. */
  policyFactsScannedMax: 5_000,
  /** Texts of lists remembered within one decision, with their folded forms; of more, every rule works them out again. */
  policyTextsMax: 1_000,
  /** Changes tried for a denied call, to tell what would have passed; all share the work of the one decision. */
  policyTriesMax: 24,
  /** Tool names whose resolved rules are remembered per policy; beyond it the memory starts over. */
  policyNamesMax: 4_096,
  /** Longest name that is remembered: no tool name is longer than 128 characters. */
  policyNameLengthMax: 256,
  /** Steps of one question about a policy, each one rule looked at under some choices: a few seconds. */
  analysisStepsMax: 2_000_000,
  /** Steps of reading texts through all patterns asked about one path, when policies are compared: some 0.1 s. */
  analysisTextStepsMax: 100_000,
  /** The same for tool names, through the names and globs of both documents: 5,000 names and more. */
  analysisNameStepsMax: 2_000_000,
  /** Parts of texts looked for together at one path: what a text can have of them grows with the power of it. */
  analysisSearchesMax: 5,
  /** Kinds of values told apart at one path, when policies are compared. */
  analysisClassesMax: 2_000,
  /** Regions of calls told apart for one rule: enough to understand a change, few enough to read. */
  analysisRegionsMax: 24,
  /** Earlier rules held against one rule to find out whether it ever decides. */
  analysisRelatedMax: 40,
  /** Entries of a document whose names are told apart to find the ones nobody reaches. */
  analysisNamesMax: 1_000,
  /** Regions looked into for one call that proves a question wrong. */
  analysisBoxesMax: 200,
  /** Calls made up and decided to find an example in one region. */
  analysisTriesMax: 200,
  /** Numbered places of one list (`args.to[3]`) that are looked at one by one. */
  analysisListPlacesMax: 8,
  /** Steps of building the lists that can be told apart at one path. */
  analysisListStepsMax: 100_000,
  /** Values kept for each kind, to be tried where a comparison cannot be worked out. */
  analysisSamplesMax: 8,

  // -- limits and budgets ---------------------------------------------------------------------------------------
  /** Charges one counter remembers one by one (16 bytes each). Above it the closest neighbours are counted as one. */
  windowEventsMax: 65_536,
  /** Counters alive at once: `key` makes one per value, and values come from agents. */
  windowBucketsMax: 200_000,
  /** Counters of one name and scope: a flood of key values leaves room for the others. */
  windowBucketsPerNameMax: 100_000,
  /** Between two looks at all counters when there are too many. */
  windowSweepMs: 1 * second,
  /** The longest month of a calendar. */
  windowCalendarMonthMs: 31 * 24 * 60 * minute,
  /** How far the clock on the wall may go back before the ledger has to be read again: repeated hours, corrections. */
  windowSetBackMs: 3 * 60 * minute,
  /** Calendar periods one counter remembers: 180 minutes fit, and a few that a wrong clock has shown. */
  windowPeriodsMax: 256,
  /** A call that meets a limit which is being read from the ledger may come back after this. */
  windowRecountMs: 1 * second,
  /** Longest key value kept as it is in a counter's name; a longer one is replaced by its hash. */
  windowKeyCharsMax: 64,

  // -- results: what is taken out of answers ----------------------------------------------------------------------
  /** Shorter values that a path took out are not searched for in the rest of the answer: they would match by accident. */
  resultHiddenCharsMin: 6,
  /** Values searched for; an answer with more is withheld. */
  resultHiddenMax: 20_000,
  /** Places of one answer at which such a value may begin; values that begin alike make many of them. */
  resultTriesMax: 5_000_000,
  /** The same for a search that is done at once; then it goes on in the thread for larger ones. */
  resultTriesInline: 100_000,
  /** Characters at the edge of a text block that are searched together with its neighbour's. */
  resultSeamChars: 1_000,
  /** Compiled patterns kept; beyond it the memory starts over. */
  resultPatternsMax: 1_000,
  /** Characters times patterns that are searched at once; more is done in a thread of its own (20 ns each, 800 at worst). */
  resultWorkInline: 100_000,
  /** A search that takes longer, waiting included, is given up, and the answer withheld. */
  resultSearchMs: 20 * second,
  /** Memory of that thread in MiB: the largest answer several times over. */
  resultThreadMb: 512,

  // -- flows ----------------------------------------------------------------------------------------------------
  /** Callers whose marks are remembered one by one; whoever is forgotten after that is taken for marked. */
  flowMarksMax: 100_000,

  // -- identity and configuration -------------------------------------------------------------------------------
  /** Longest credential that is hashed and looked up; ours have 46 characters, file tokens may be longer. */
  tokenCharsMax: 512,
  /** Shortest secret a file grant may carry: 32 characters of base64 hold 192 bits. */
  fileTokenCharsMin: 32,
  /** Fewer distinct characters than this is a repetition, not a secret: 32 random hex digits have 12 or more. */
  fileTokenDistinctMin: 10,
  /** Names of servers, policies and grants: they stand in URLs, file names and tool names. */
  nameCharsMax: 64,
  /** sallyport.yaml, the host file, or a policy file. */
  configBytesMax: 1 * MiB,
  /** The configuration files are looked at this often; a change is read once it has stood still for one look. */
  configLookMs: 300,
  /** A text value of the configuration: URLs, arguments of commands. */
  configTextCharsMax: 8_192,
  /** Problems shown in one message. */
  problemsShownMax: 20,
  /** Labels, roles or groups of one grant. */
  grantLabelsMax: 64,

  // -- catalogue: what a server may offer -------------------------------------------------------------------------
  /** One tool definition. The largest of 1,175 real ones has 43 KB. */
  definitionBytesMax: 256 * KiB,
  /** One description or title. The longest real description has 5,115 characters; agents pay for every one. */
  descriptionCharsMax: 64 * KiB,
  /** Tools of one server. */
  serverToolsMax: 2_000,
  /** Values of one input schema. The largest real one has 1,738. */
  schemaNodesMax: 20_000,
  /** Values of one input schema once its local references are followed: stops references that double. */
  schemaExpandedMax: 100_000,
  /** Nesting of a schema. The deepest real one has 23. */
  schemaDepthMax: 64,
  /** Members of anyOf, oneOf and allOf of one schema in total: each may cost a whole validation. Real maximum 70. */
  schemaAlternativesMax: 1_000,
  /** Members one schema names. Compiling nests them, so that thousands exhaust the stack; the largest real one has 45. */
  schemaMembersMax: 1_000,
  /** Patterns of one schema: each is compiled twice, and a counted repetition takes milliseconds. */
  schemaPatternsMax: 100,
  /** Values of the arguments times alternatives of the schema: each pair may cost a whole validation. */
  validationWorkMax: 10_000_000,
  /** Characters of one pattern. */
  patternCharsMax: 2_000,
  /** States of a pattern's automaton that are searched for exponential ambiguity; a larger pattern is refused. */
  patternStatesMax: 2_000,
  /** Pairs of states looked at in that search, whatever the pattern. */
  patternPairsMax: 400_000,
  /** Characters of an argument error that are shown. */
  argumentErrorCharsMax: 300,
  /** One look at all definitions of a server, pages and a cold start of its process included. */
  definitionsLookMs: 60 * second,
  /** One scan of a server for the catalogue, its first start included; npm may have to fetch the package. */
  scanMs: 120 * second,
  /** Definitions are looked at again this often, for servers that do not tell of changes. */
  definitionsEveryMs: 5 * minute,
  /** A look that an agent's request asked for waits this long after the last one: agents must not drive it. */
  definitionsPauseMs: 1 * second,
  /** First and longest pause after a look that failed. */
  definitionsRetryMsMin: 1 * second,
  definitionsRetryMsMax: 1 * minute,
  /** A start, a reload, a list and a call wait this long for the first look at a server: clients give up after 30 s at their start. */
  firstLookMs: 10 * second,
  /** Characters of a client's configuration; Claude Code keeps its whole state in one of them. */
  clientConfigCharsMax: 64 * MiB,
  /** Nesting of a client's configuration: readers of JSON and TOML descend with it. Real files have less than 10. */
  clientConfigDepthMax: 100,
  /** Servers looked at side by side by `catalogue scan`: each may be a process that npm fetches first. */
  scansAtOnceMax: 3,
  /** The line that says what is being looked at is drawn anew this often: a slow start is told from a dead one. */
  progressEveryMs: 1 * second,
  /** Characters of one foreign text in a report as Markdown. */
  reportQuoteCharsMax: 200,
  /** Tools named in one line of a report; the rest is counted. */
  reportToolsShown: 5,
  /** Tools of one kind named in the review of `init`; the rest is counted, and `t` shows every one. */
  reviewToolsShown: 60,
  /** Attack patterns named in one line of a report; the rest is counted. */
  reportAttacksShown: 8,
  /** Pages of a registry, of a hundred servers each. */
  registryPagesMax: 1_000,
  /** One page of a registry. */
  registryPageBytesMax: 16 * MiB,
  /** Until a registry has answered one page. */
  registryMs: 30 * second,
  /** Differences listed between two definitions. */
  differencesMax: 200,
  /** One text of an attack's entry; the longest is a policy, which somebody must read. */
  attackTextCharsMax: 8_000,
  /** Repetitions of one call in an attack's replay: enough to use up a limit. */
  attackCallsMax: 1_000,
  /** Characters of catalogue pages that are kept made; all of them together have 50 million. */
  cataloguePagesCharsMax: 64_000_000,
  /** Questions for a catalogue page that wait for their answer: the first ones wait until every tool is rated. */
  cataloguePagesAtOnceMax: 200,
  /** Until a page is there; rating every tool takes some seconds the first time. */
  cataloguePageMs: 60 * second,
  /** Memory of the thread that makes the catalogue's pages, in MB: the pages that are kept, definitions, a vocabulary. */
  catalogueThreadMb: 512,
  /** Questions of agents about the catalogue that wait for their answer; each may be the rating of a whole server. */
  catalogueChecksAtOnceMax: 64,
  /** Until such a question is answered; then its thread is ended and the next is asked in another. */
  catalogueCheckMs: 30 * second,
  /** Rated servers that are kept for the next such question. */
  catalogueRatingsKept: 128,
  /** A server's name as an agent may give it: slug, package, name in the registry. */
  catalogueNameCharsMax: 256,
  /** Words an agent searches the catalogue for. */
  catalogueQueryCharsMax: 200,
  /** Servers found by one search of an agent. */
  catalogueFoundMax: 50,
  /** Tools of one server an agent is told of, the riskiest first; the rest is counted. */
  catalogueToolsToldMax: 25,
  /** Quotations and findings an agent is told of one tool. */
  catalogueEvidenceToldMax: 12,
  /** Characters of one foreign text an agent is told. */
  catalogueTextCharsMax: 300,
  /** Characters of one description that are classified; the rest is only screened. The longest real one has 5,115. */
  classifyTextCharsMax: 16 * KiB,
  /** Characters of a name, a parameter's name or one choice that are classified. */
  classifyNameCharsMax: 256,
  /** Characters of one parameter's description that are classified. */
  classifyParameterCharsMax: 2_000,
  /** Beginning of a description that is read to tell what kind of server it is. */
  classifyTraitCharsMax: 200,
  /** Schemas of one input schema that are visited. */
  classifySchemaNodesMax: 5_000,
  /** Nesting of an input schema that is visited. */
  classifySchemaDepthMax: 8,
  /** Parameters of one tool, at all depths. */
  classifyParametersMax: 1_000,
  /** Choices of one parameter and branches of one schema. */
  classifyAlternativesMax: 200,
  /** Words of a name. */
  classifyWordsMax: 24,
  /** Words of one sentence in which verbs are looked for. */
  classifySentenceWordsMax: 60,
  /** Words after a verb that may be its objects. */
  classifyObjectWordsMax: 7,
  /** Sentences of a description. */
  classifySentencesMax: 60,
  /** Words whose reading is remembered between texts. */
  classifyWordsKept: 20_000,
  /** Parts of definitions whose tokens are remembered between texts; a part ends at the next word before a quotation mark. */
  tokenPartsKept: 20_000,
  /** Characters of one quotation. */
  classifyQuoteCharsMax: 120,
  /** Findings kept of one definition. */
  classifyFindingsMax: 40,
  /** A text longer than this is reported: most real descriptions stay below a thousand. */
  classifyLongTextChars: 2_000,

  // -- control API and CLI --------------------------------------------------------------------------------------
  /** A command waits this long for an answer of the control API; listing a slow server's tools takes longest. */
  cliAnswerMs: 60 * second,
  /** `ledger tail --follow` asks for new records this often. */
  cliFollowMs: 500,
  /** Open calls whose outcome `ledger tail --follow` still waits for; each costs a question at every look. */
  cliOpenCallsMax: 50,
  /** Records asked for at once by the commands. */
  cliPageRecordsMax: 200,
  /** Calls of one step of a policy test: limits of thousands can be tried, a slip of the pen does not run for hours. */
  policyTestRepeatMax: 10_000,
  /** A file named on the command line (a policy) is not read beyond this. */
  cliFileBytesMax: 4 * MiB,
  /** One line on the bridge's standard input; the gateway refuses more anyway. */
  bridgeLineBytesMax: 4 * MiB,
  /** One event of a stream the bridge relays: a whole answer may arrive as one. */
  bridgeEventBytesMax: 64 * MiB,
  /** First pause before the bridge reconnects: short, because most gaps are restarts. */
  bridgeRetryMsMin: 250,
  /** Longest pause before the bridge reconnects, reached by doubling. */
  bridgeRetryMsMax: 10 * second,
  /** Longest pause before a request that could not be sent is tried again: somebody waits for it. */
  bridgeSendPauseMsMax: 1 * second,
  /** A request that could not be sent is tried again for this long: more than a restart takes, less than the 30 s clients wait at their start. */
  bridgeSendMs: 20 * second,
  /** Pages of a tool list the bridge reads by itself to learn mirrored parameters. */
  bridgeListPagesMax: 100,
  /** Answers still open when the client ends its side are waited for this long. */
  bridgeDrainMs: 30 * second,
  /** An installed server of the demonstration must listen within this. */
  demoStartMs: 20 * second,
  /** Fetching the servers of the demonstration with npm, where they are not installed, over a slow line. */
  demoFetchMs: 180 * second,
  /** How often the demonstration looks whether something has happened. */
  demoPollMs: 50,
  /** Grace between SIGTERM and the end of open calls. */
  drainMs: 10 * second,
  /** Largest body of a control API request: a policy document with room to spare. */
  apiBodyBytesMax: 1 * MiB,
} as const

export const durations: { readonly second: number; readonly minute: number } = { second, minute }
