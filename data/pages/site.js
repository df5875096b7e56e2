// The script of the catalogue: copies code, searches and filters lists. It loads one file of its own and sends nothing.

// -- copying ----------------------------------------------------------------------------------------------------------

document.addEventListener('click', event => {
  const button = event.target instanceof Element ? event.target.closest('button.copy') : null
  const code = button?.closest('figure')?.querySelector('code')
  if (code) void copy(button, code)
})

async function copy(button, code) {
  let said = 'Copied'
  try {
    await navigator.clipboard.writeText(code.textContent)
  } catch {
    // no clipboard without a secure context or permission: the text is selected instead
    getSelection()?.selectAllChildren(code)
    said = 'Selected'
  }
  button.textContent = said
  button.classList.add('done')
  setTimeout(() => {
    button.textContent = 'Copy'
    button.classList.remove('done')
  }, 2000)
}

// -- questions that an address points into --------------------------------------------------------------------------------

function openTarget() {
  const target = location.hash === '' ? null : document.getElementById(decodeURIComponent(location.hash.slice(1)))
  for (let each = target?.closest('details'); each; each = each.parentElement?.closest('details')) each.open = true
}
addEventListener('hashchange', openTarget)
openTarget()

// -- times ------------------------------------------------------------------------------------------------------------

const units = [
  ['year', 365],
  ['month', 30],
  ['week', 7],
  ['day', 1],
]

/** How long ago, the day itself on hover. Such a time stands at the end of its line, so that nothing moves. */
for (const each of document.querySelectorAll('time.ago')) {
  const days = Math.floor((Date.now() - Date.parse(each.dateTime)) / 86_400_000)
  const [unit, size] = units.find(([, length]) => days >= length) ?? ['day', 1]
  if (!(days >= 0)) continue
  each.title = each.dateTime
  each.textContent = new Intl.RelativeTimeFormat('en', { numeric: 'auto' }).format(-Math.floor(days / size), unit)
}

// -- an address that leads nowhere ------------------------------------------------------------------------------------

const missed = document.getElementById('missed')
if (missed) {
  const name = decodeURIComponent(location.pathname).split('/').filter(Boolean).at(-1) ?? ''
  const words = name.replace(/\.(?:html|json)$/, '').slice(0, 80)
  if (words !== '') {
    missed.querySelector('a').href += `?q=${encodeURIComponent(words)}`
    missed.querySelector('code').textContent = words
    missed.hidden = false
  }
}

// -- search and filters -----------------------------------------------------------------------------------------------

const find = document.getElementById('find')
const list = document.querySelector('[data-list]')
const controls = find ? [...find.querySelectorAll('input, select')] : []
const toolList = document.getElementById('tool-list')
const shownMax = 60
const levels = { Read: 'low', Write: 'medium', Execute: 'high', Destructive: 'critical', Financial: 'critical' }
let data

function search() {
  if (toolList) load()
  show()
}

/** The index is a script of its own: it is fetched when somebody is about to search. */
function load() {
  if (data !== undefined) return
  data = null
  const script = document.createElement('script')
  script.src = 'search-data.js'
  script.onload = () => {
    data = globalThis.searchData
    show()
  }
  document.head.append(script)
}

const value = name => document.getElementById(name)?.value ?? ''
const holds = (text, asked) => asked.every(word => text.includes(word))
/** `delete_file` asks for both words: a server may write them in another way. */
const askedWords = () =>
  value('q')
    .toLowerCase()
    .split(/[\s_./-]+/)
    .filter(Boolean)

/** What each filter asks of a row. */
const tests = {
  can: ({ can }, wanted) => (wanted === 'only-Read' ? can === 'Read' : can.split(' ').includes(wanted)),
  kind: ({ kind }, wanted) => kind === wanted,
  flag: ({ flags }, wanted) => flags.split(' ').includes(wanted),
  grade: ({ grade }, wanted) => wanted.includes(grade),
  what: ({ what }, wanted) => what.split(' ').includes(wanted),
}

function matches(row, asked) {
  for (const [name, test] of Object.entries(tests))
    if (value(name) !== '' && !test(row.dataset, value(name))) return false
  row.words ??= row.dataset.words ?? row.textContent.toLowerCase()
  return holds(row.words, asked)
}

function matchingTools(asked) {
  if (!data) return []
  const category = value('can') === 'only-Read' ? 0 : data.categories.indexOf(value('can'))
  const flag = data.flags.indexOf(value('flag'))
  const found = data.tools.filter(([server, , name, kind, flags, text]) => {
    if (category >= 0 && kind !== category) return false
    if (flag >= 0 && !flags.includes(flag)) return false
    if (value('grade') !== '' && !value('grade').includes(data.servers[server][2])) return false
    return holds(`${name} ${data.servers[server][1]} ${text}`.toLowerCase(), asked)
  })
  const query = asked.join('_')
  const rank = ([, , name]) => {
    const own = name.toLowerCase().replaceAll(/[-.]/g, '_')
    if (own === query) return 0
    return own.startsWith(query) ? 1 : holds(own, asked) ? 2 : 3
  }
  return asked.length === 0 ? found : found.toSorted((a, b) => rank(a) - rank(b))
}

/** Rows in the order asked for; the order of the page is that of names. */
function sort(rows) {
  const by = value('sort')
  const weight = by === '' ? () => 0 : row => (by === 'points' ? 1 : -1) * Number(row.dataset[by])
  const sorted = rows.toSorted((a, b) => weight(a) - weight(b) || a.place - b.place)
  if (sorted.some((row, at) => row !== rows[at])) list.append(...sorted)
}

function show() {
  const asked = askedWords()
  const rows = [...list.querySelectorAll('li[data-flags]')]
  for (const [at, row] of rows.entries()) {
    row.place ??= at
    row.hidden = !matches(row, asked)
  }
  for (const group of list.querySelectorAll('section')) group.hidden = group.querySelector('li:not([hidden])') === null
  if (document.getElementById('sort')) sort(rows)
  const isSet = controls.some(each => each.value !== '')
  const isAsking = asked.length > 0 || ['can', 'flag', 'grade'].some(name => value(name) !== '')
  const tools = toolList && isAsking ? matchingTools(asked) : []
  showTools(tools)
  const shown = rows.filter(row => !row.hidden).length
  const cut = tools.length > shownMax ? `, the first ${shownMax} are shown` : ''
  const noun = list.dataset.list
  const rest = toolList && isAsking ? `, ${count(tools.length, 'tool')}${cut}` : ''
  const all = shown === rows.length ? count(shown, noun) : `${shown} of ${count(rows.length, noun)}`
  document.getElementById('found').textContent = `${toolList ? count(shown, noun) : all}${rest}`
  const isEmpty = shown + tools.length === 0 && data !== null
  document.getElementById('nothing').hidden = !isEmpty
  // there it has a button of its own
  document.getElementById('clear').hidden = !isSet || isEmpty
  const kept = new URLSearchParams(controls.map(each => [each.name, each.value]).filter(([, text]) => text !== ''))
  history.replaceState(null, '', `${kept.size === 0 ? location.pathname : `?${kept}`}${location.hash}`)
}

function showTools(tools) {
  if (!toolList) return
  toolList.replaceChildren(...tools.slice(0, shownMax).map(toolRow))
  document.getElementById('tool-results').hidden = tools.length === 0
}

function clear() {
  for (const each of controls) each.value = ''
  show()
  document.getElementById('q').focus()
}

function count(number, noun) {
  return `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`
}

function toolRow([server, folder, name, kind, flags, text]) {
  const row = document.createElement('li')
  const link = document.createElement('a')
  link.href = folder
  link.append(element('code', '', name))
  const category = data.categories[kind]
  const marks = [data.servers[server][1], ...flags.map(flag => titleOf(data.flags[flag]))].join(' · ')
  row.append(link, ' ', element('span', `badge ${levels[category]}`, category), ' ', element('span', 'marks', marks))
  row.append(element('p', '', text))
  return row
}

/** A flag in the words that the filter has for it. */
function titleOf(flag) {
  return document.querySelector(`#flag option[value="${flag}"]`)?.textContent ?? flag
}

function element(tag, className, text) {
  const made = document.createElement(tag)
  if (className !== '') made.className = className
  made.textContent = text
  return made
}

// -- keys: / to the search, down and up through what was found, Enter to the first of it ---------------------------------

function found() {
  const lists = [list, toolList].filter(Boolean).flatMap(each => [...each.querySelectorAll('li:not([hidden])')])
  return lists.map(row => row.querySelector('a')).filter(link => link?.checkVisibility())
}

function move(event) {
  const links = found()
  const at = links.indexOf(document.activeElement)
  const isInSearch = document.activeElement?.id === 'q'
  if (at < 0 && !isInSearch) return
  const next = event.key === 'ArrowDown' ? links[at + 1] : at === 0 ? document.getElementById('q') : links[at - 1]
  if (!next || (isInSearch && event.key === 'ArrowUp')) return
  event.preventDefault()
  next.focus()
}

function press(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return
  const { target, key } = event
  const isWriting = target instanceof Element && target.closest('input, select, textarea') !== null
  if (key === '/' && !isWriting) {
    event.preventDefault()
    document.getElementById('q').focus()
  } else if (key === 'ArrowDown' || key === 'ArrowUp') {
    if (!isWriting || target.id === 'q') move(event)
  } else if (key === 'Enter' && target.id === 'q' && target.value !== '') {
    const links = found()
    const exact = links.find(link => link.textContent.toLowerCase() === target.value.trim().toLowerCase())
    ;(exact ?? links[0])?.click()
  } else if (key === 'Escape' && target.id === 'q') clear()
}

// last: what the address asks for is searched at once
if (find && list) {
  const given = new URLSearchParams(location.search)
  for (const each of controls) {
    if (given.has(each.name)) each.value = given.get(each.name)
    // a choice that there is not
    if (each.selectedIndex === -1) each.value = ''
  }
  if (toolList) find.addEventListener('focusin', load, { once: true })
  find.addEventListener('input', search)
  document.addEventListener('keydown', press)
  for (const each of document.querySelectorAll('.clear')) each.addEventListener('click', clear)
  if (controls.some(each => given.has(each.name))) search()
}
