/**
 * Nouns by what a verb does to them: `create payment` moves money, `create coupon` fills a catalogue; `remove label`
 * takes a marker away, `delete label` the object. Singular. General vocabulary; no product names.
 */

/** Kinds of objects. One word may be of several kinds. */
export type ObjectKind =
  | 'money'
  | 'asset'
  | 'crypto'
  | 'value'
  | 'catalogue'
  | 'tentative'
  | 'marker'
  | 'access'
  | 'secret'
  | 'job'
  | 'code'
  | 'lookup'
  | 'model'
  | 'people'
  | 'machine'
  | 'session'
  | 'file'
  | 'text'
  | 'view'
  | 'document'
  | 'bulk'
  | 'host'
  | 'appointment'
  | 'entry'
  | 'barrier'
  | 'about'

const nounsByKind: Readonly<Record<ObjectKind, string>> = {
  // creating, sending or executing one moves money or commits to it
  money: `payment charge refund payout subscription purchase deposit withdrawal donation loan disbursement remittance
    reimbursement settlement checkout mile bonus debit mandate overdraft mortgage salary chargeback bid bet wager swap stake tip topup installment wire giro`,
  // what is traded or transferred
  asset: `trade position order fund money balance token coin crypto nft eth btc sol bnb usdc usdt ether wei share stock option
    future margin leverage collateral liquidity allowance currency cash credit erc20 erc721 erc1155 native wager bond
    contract spot equity`,
  // what is money wherever it is named
  crypto: `bitcoin btc ethereum eth ether solana sol usdc usdt bnb matic satoshi sat lamport wei gwei nft cryptocurrency stablecoin dogecoin litecoin xrp`,
  // things about money that are only entries
  catalogue: `product price coupon voucher discount customer link quote estimate cart rate item template report history list method
    promotion tier fee tax account contact vendor category code page setting preference alert watchlist book address`,
  tentative: `draft preview quote estimate simulation dry sandbox proposal unsubmitted test`,
  // taking one away leaves both ends whole
  marker: `relation relationship association link mapping dependency reaction star pin follower watcher assignee owner subtask
    bookmark favorite favourite like vote mark flag highlight breakpoint binding attachment-link reference parent domain
    subscriber label tag topic`,
  access: `member user collaborator permission role access grant share session guest admin owner invitation invite principal
    identity policy entitlement privilege scope membership`,
  secret: `key token secret credential password passphrase certificate cert apikey pat cookie`,
  // its effect is set elsewhere
  job: `job pipeline workflow build run task test suite monitor agent process automation flow scenario experiment benchmark
    crawl simulation scan deployment playbook runbook collection campaign bot trigger macro routine procedure batch
    rollback execution evaluation training rerun container crawler scene notebook cell release rollout sync schedule lambda
    action evolution app application program service stack server instance`,
  code: `code script command sql statement javascript js python shell bash function expression program query graphql mutation
    snippet cypher lua applescript powershell terminal cli transaction lambda macro xpath jql soql apex`,
  // "run a search" is a search
  lookup: `generation mapping extraction conversion ranking clustering ocr tokenization analyzer analyser scanner linter search lookup analysis calculation comparison check audit validation inspection review diagnostic research prediction
    forecast lint verification introspection report summary assessment estimation survey autocomplete trace diff count
    listing overview retrieval request-preview health`,
  model: `inference model completion llm prompt embedding generation image text chat classification transcription speech
    moderation rerank translation`,
  people: `email mail message comment reply dm sms invite invitation review post tweet thread announcement newsletter
    campaign fax letter push-notification notification discussion conversation feedback greeting whatsapp mms voicemail note-to
    reminder story reel broadcast recipient call`,
  // messages nobody reads
  machine: `queue topic stream event log metric signal request packet keystroke command bytes mqtt kafka webhook ping broker job
    query transaction span heartbeat header cookie telemetry record batch input key datagram`,
  session: `tunnel connection session window tab page viewport browser context view cursor selection focus dialog cache console
    breakpoint viewer camera zoom workspace-selection history-entry buffer clipboard device emulator simulator screen
    orientation thread-context recording trace profile network mode`,
  file: `file directory folder path disk drive archive zip csv pdf attachment screenshot`,
  text: `text code image video audio report summary prompt url link uuid password diagram chart answer query documentation
    instruction command plan template description suggestion name title caption example snippet graph schema config
    configuration outline content list explanation guide guideline recommendation design story idea recap digest statement
    thumbnail logo icon avatar speech voice music song mermaid markdown html json svg html-page slogan insight blueprint
    preview embedding recipe spec specification response output`,
  view: `filter selection cache console log screen view zoom highlight overlay notification badge input field form cell-output
    buffer search breakpoint`,
  document: `document content body page contents environment configuration config specification spec file collection table
    dataset text policy settings ruleset readme schema`,
  // data that comes in the arguments and goes out in the answer
  value: `polygon geometry line linestring array json string number coordinate point vector matrix list text geojson zone shape circle object dictionary set path color colour date time cell word sentence paragraph area buffer hull`,
  bulk: `all everything multiple bulk batch many mass`,
  host: `url website webpage site web internet http https webpages websites`,
  // opening one makes an entry
  entry: `ticket issue case claim enquiry inquiry dispute account pull merge pr mr incident bug support request complaint
    discussion conversation vacancy requisition job investigation poll thread topic chat rfc proposal return grievance
    referral order loan escrow`,
  // opening one lets somebody or something in
  barrier: `door garage gate lock valve blind curtain shutter window-blind barrier vent safe trunk roof tap`,
  // after a word for money: what is made or sent only speaks of it
  about: `reminder link receipt notification confirmation instruction method page form template plan term option policy type
    setting preference profile detail request alert schedule term button reason category code`,
  appointment: `meeting event appointment reservation booking flight hotel ticket room table-reservation`,
}

const kinds: ReadonlyMap<string, ReadonlySet<ObjectKind>> = buildKinds()

function buildKinds(): ReadonlyMap<string, ReadonlySet<ObjectKind>> {
  const found = new Map<string, Set<ObjectKind>>()
  for (const [kind, text] of Object.entries(nounsByKind)) {
    for (const word of text.split(/\s+/)) {
      const known = found.get(word) ?? new Set<ObjectKind>()
      found.set(word, known.add(kind as ObjectKind))
    }
  }
  return found
}

const none: ReadonlySet<ObjectKind> = new Set()

/** The kinds of a noun in the singular; none for a word that is not listed. */
export function kindsOf(noun: string): ReadonlySet<ObjectKind> {
  return kinds.get(noun) ?? none
}
